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
from gateway.pages.account.team import TeamPages
from gateway.pages.assets import build_static_routes
from gateway.pages.create.create_page import CreatePages
from gateway.pages.create.film_page import FilmPage
from gateway.pages.create.mask_page import MaskPage
from gateway.pages.create.result_page import ResultPage
from gateway.pages.docs import routes as reference
from gateway.pages.films.board import BoardPages
from gateway.pages.films.board_shots import ShotPages
from gateway.pages.films.film_frame import FILM_PATH, FilmFrame
from gateway.pages.films.film_list import FilmListPages
from gateway.pages.films.film_moves import build_moved_board_routes
from gateway.pages.films.film_watch import WatchPages
from gateway.pages.films.script import ScriptPages
from gateway.pages.films.talk import TalkPages
from gateway.pages.films.timeline import TimelinePages
from gateway.pages.library.library_page import LibraryPages
from gateway.pages.media.jobs import JobPages
from gateway.pages.media.playground import PlaygroundPages
from gateway.pages.media.webhooks import WebhookPages
from gateway.pages.money import providers
from gateway.pages.money.affiliate import AffiliatePages
from gateway.pages.money.billing import InvoicePages
from gateway.pages.money.codes import CodePages
from gateway.pages.money.credits import CreditPages
from gateway.pages.money.usage import UsagePage
from gateway.pages.not_found import build_not_found_page as build_not_found_page
from gateway.pages.operation_client import OperationClient
from gateway.pages.refusals import Refusals
from gateway.pages.sharing.share_form import ShareForms
from gateway.pages.sharing.share_page import SharePages
from gateway.pages.site.home import HomePage
from gateway.pages.site.legal import build_legal_routes
from gateway.pages.site.overview import OverviewPage
from gateway.pages.site.search import SearchPage
from gateway.pages.site.shortcuts import build_shortcut_routes
from gateway.pages.site.start import StartPage
from gateway.pages.studio.plans import PlanPages
from gateway.pages.studio.threads import ThreadPages
from gateway.pages.studio.waiting import WaitingPage


def routes(
    document: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]], client: OperationClient
) -> list[Route]:
    """Build the routes of all pages; the reference is rendered from the OpenAPI document."""
    api = document["servers"][0]["url"]
    client.ports.add(refusals := Refusals(client.callers.site))
    page_routes = [
        *StartPage(client, api).routes(),
        *HomePage(client).routes(),
        *OverviewPage(client, api).routes(),
        *build_static_routes(),
        *reference.routes(document, tasks),
        *build_legal_routes(client),
        *build_shortcut_routes(client),
        *SearchPage(client).routes(),
        *SignInPages(client).routes(),
        *CreatePages(client).routes(),
        *JobPages(client).routes(),
        *PlaygroundPages(client).routes(),
        *(results := ResultPage(client)).routes(),
        *MaskPage(client, results).routes(),
        *FilmPage(client, results).routes(),
        *KeyPages(client).routes(),
        *FilmListPages(client).routes(),
        *build_moved_board_routes(),
        *(
            route
            for pages in (BoardPages, ShotPages, ScriptPages, TalkPages)
            for route in pages(client, FILM_PATH, FilmFrame(client).find_place).routes()
        ),
        *TimelinePages(client).routes(),
        *WatchPages(client).routes(),
        *LibraryPages(client).routes(),
        *ThreadPages(client).routes(),
        *UsagePage(client).routes(),
        *CreditPages(client).routes(),
        *InvoicePages(client).routes(),
        *CodePages(client).routes(),
        *providers.routes(client),
        *WebhookPages(client).routes(),
        *AffiliatePages(client).routes(),
        *SettingsPage(client).routes(),
        *TeamPages(client).routes(),
        *DevicePage(client).routes(),
        *WaitingPage(client).routes(),
        *PlanPages(client).routes(),
        *ShareForms(client).routes(),
        *SharePages(client).routes(),
        *OAuthPages(client).routes(),
        *admin.routes(client),
    ]
    # A refused form is shown again on its own page, so the refusals need every route; they are
    # complete only here.
    refusals.pages = Routes(page_routes, default=build_not_found_page(client))
    return page_routes
