"""Pages for people: rendered on the server, readable without JavaScript."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.kit.http.routing import Route, Routes
from gateway.pages import admin
from gateway.pages.account.connected_apps import OAuthPages
from gateway.pages.account.device import DevicePage
from gateway.pages.account.keys import KeyPages
from gateway.pages.account.settings import SettingsPage
from gateway.pages.account.sign_in import SignInPages
from gateway.pages.assets import static_routes
from gateway.pages.docs import routes as reference
from gateway.pages.media.jobs import JobPages
from gateway.pages.media.playground import PlaygroundPages
from gateway.pages.media.webhooks import WebhookPages
from gateway.pages.money import providers
from gateway.pages.money.affiliate import AffiliatePages
from gateway.pages.money.credits import CreditPages
from gateway.pages.money.usage import UsagePage
from gateway.pages.not_found import not_found_page as not_found_page
from gateway.pages.refusals import Refusals
from gateway.pages.session import Desk
from gateway.pages.site.legal import legal_routes
from gateway.pages.site.overview import OverviewPage
from gateway.pages.site.shortcuts import shortcut_routes
from gateway.pages.site.start import StartPage
from gateway.pages.studio.boards import BoardPages
from gateway.pages.studio.plans import PlanPages
from gateway.pages.studio.projects import StudioPages
from gateway.pages.studio.threads import ThreadPages


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
