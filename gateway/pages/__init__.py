"""Pages for people: rendered on the server, readable without JavaScript."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.kit.http.routing import Route, Routes
from gateway.pages import admin, providers
from gateway.pages.affiliate import AffiliatePages
from gateway.pages.assets import static_routes
from gateway.pages.boards import BoardPages
from gateway.pages.credits import CreditPages
from gateway.pages.device import DevicePage
from gateway.pages.docs import routes as reference
from gateway.pages.jobs import JobPages
from gateway.pages.keys import KeyPages
from gateway.pages.legal import legal_routes
from gateway.pages.nothing import not_found_page as not_found_page
from gateway.pages.oauth import OAuthPages
from gateway.pages.overview import OverviewPage
from gateway.pages.plans import PlanPages
from gateway.pages.playground import PlaygroundPages
from gateway.pages.refusals import Refusals
from gateway.pages.session import Desk
from gateway.pages.settings import SettingsPage
from gateway.pages.shortcuts import shortcut_routes
from gateway.pages.sign_in import SignInPages
from gateway.pages.start import StartPage
from gateway.pages.studio import StudioPages
from gateway.pages.threads import ThreadPages
from gateway.pages.usage import UsagePage
from gateway.pages.webhooks import WebhookPages


def routes(
    document: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]], desk: Desk
) -> list[Route]:
    """Build the routes of all pages; the reference is rendered from the OpenAPI document."""
    api = document["servers"][0]["url"]
    desk.ports.add(refusals := Refusals(desk.callers.site))
    page_routes = [
        *StartPage(desk, api).routes(),
        *OverviewPage(desk, api).routes(),
        *static_routes(),
        *reference.routes(document, tasks),
        *legal_routes(desk),
        *shortcut_routes(desk),
        *SignInPages(desk).routes(),
        *JobPages(desk).routes(),
        *PlaygroundPages(desk).routes(),
        *KeyPages(desk).routes(),
        *StudioPages(desk).routes(),
        *BoardPages(desk).routes(),
        *ThreadPages(desk).routes(),
        *UsagePage(desk).routes(),
        *CreditPages(desk).routes(),
        *providers.routes(desk),
        *WebhookPages(desk).routes(),
        *AffiliatePages(desk).routes(),
        *SettingsPage(desk).routes(),
        *DevicePage(desk).routes(),
        *PlanPages(desk).routes(),
        *OAuthPages(desk).routes(),
        *admin.routes(desk),
    ]
    # A refused form is shown again on its own page, so the refusals need every route; they are
    # complete only here.
    refusals.pages = Routes(page_routes, default=not_found_page(desk))
    return page_routes
