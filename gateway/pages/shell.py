"""The shell around every page: navigation, the book it shows, the signed-in caller."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request

from gateway.kit.http.browser import Site
from gateway.kit.operation import Caller
from gateway.pages.shell_figures import ShellFigures

NO_SITE = Site("")


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """An item of the navigation: its path, words and icon (parts/icons.html)."""

    path: str
    words: str
    icon: str
    alone: bool = False  # pages below the path belong to other items


# Only pages that exist; a page below a path belongs to its item, the first one that names it.
NAVIGATION: Sequence[NavigationItem] = (
    NavigationItem("/create", "Create", "sparkles"),
    NavigationItem("/films", "Films", "clapperboard"),
    NavigationItem("/library", "Library", "folder"),
    NavigationItem("/waiting", "Waiting", "hourglass"),
)
CONSOLE_NAVIGATION: Sequence[NavigationItem] = (
    NavigationItem("/dashboard", "Overview", "layout-dashboard"),
    NavigationItem("/jobs", "Jobs", "images"),
    NavigationItem("/playground", "Playground", "play"),
    NavigationItem("/credits", "Credits", "wallet"),
    NavigationItem("/usage", "Usage", "chart-column"),
    NavigationItem("/keys", "API keys", "key-round"),
    NavigationItem("/webhooks", "Webhooks", "webhook"),
    NavigationItem("/oauth/apps", "Connected apps", "plug"),
    NavigationItem("/affiliate", "Affiliate", "link"),
    NavigationItem("/settings", "Settings", "settings"),
)
OPERATOR_NAVIGATION: Sequence[NavigationItem] = (
    NavigationItem("/admin", "Overview", "layout-dashboard", alone=True),
    NavigationItem("/admin/accounts", "Accounts", "users"),
    NavigationItem("/admin/jobs", "Jobs", "images"),
    NavigationItem("/admin/nodes", "Nodes", "server"),
    NavigationItem("/admin/outbox", "Outbox", "inbox"),
    NavigationItem("/admin/dead", "Dead letters", "mail-x"),
    NavigationItem("/admin/events", "Webhooks received", "webhook"),
    NavigationItem("/admin/shares", "Shares", "link"),
    NavigationItem("/admin/showcase", "Showcase", "images"),
    NavigationItem("/admin/codes", "Credit codes", "tag"),
    NavigationItem("/admin/reconcile", "Reconcile", "scale"),
    NavigationItem("/admin/audit", "Audit log", "scroll-text"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The shell of one answer; `caller` is the signed-in account in the book that the page shows.

    `files_origin` lists other origins that serve outputs. `figures` are absent from parts and for
    strangers. Pages of operators show both books.
    """

    path: str
    caller: Caller | None = None
    live_enabled: bool = False
    files_origin: str = ""
    operator: bool = False
    figures: ShellFigures | None = None
    site: Site = NO_SITE

    @property
    def mode(self) -> str:
        """Return the book that the page shows: live or test."""
        if self.caller is not None:
            return self.caller.book
        return "live" if self.live_enabled else "test"

    @property
    def account(self) -> str:
        """Return a mark of the account that does not reveal its id; empty for strangers."""
        return "" if self.caller is None else to_account_mark(self.caller.account_id)

    @property
    def places(self) -> Sequence[NavigationItem]:
        """Return the items of the navigation."""
        return OPERATOR_NAVIGATION if self.operator else NAVIGATION

    @property
    def console(self) -> Sequence[NavigationItem]:
        """Return the items of the group "Console"; pages of operators have no such group."""
        return () if self.operator else CONSOLE_NAVIGATION

    @property
    def place(self) -> NavigationItem | None:
        """Return the item that the page belongs to."""
        return next((each for each in (*self.places, *self.console) if self._is_below(each)), None)

    @property
    def is_in_console(self) -> bool:
        """Return True if the page is one of the console's."""
        return self.place in self.console

    def sign_in(self, page: str) -> str:
        """Return the path of the sign-in; it leads back to a form that strangers may fill in.

        On the sign-in page itself it keeps the destination it already has.
        """
        if self.path.startswith("/playground"):
            return f"/login?{urlencode({'returnPath': page})}"
        back = parse_qs(urlsplit(page).query).get("returnPath")
        if self.path.startswith("/login") and back:
            return f"/login?{urlencode({'returnPath': back[0]})}"
        return "/login"

    def current(self, place: NavigationItem) -> bool:
        """Return True if the page belongs to this item of the navigation."""
        return place == self.place

    def _is_below(self, place: NavigationItem) -> bool:
        below = not place.alone and self.path.startswith(f"{place.path}/")
        return self.path == place.path or below

    def to(self, path: str, **query: str) -> str:
        """Return the address of a page in the same book."""
        if self.live_enabled and self.mode == "test":
            query |= {"mode": "test"}
        return f"{path}?{urlencode(query)}" if query else path

    def act(self, path: str) -> str:
        """Return the path that a form posts to; it names the book, so that no default decides."""
        return f"{path}?mode={self.mode}"

    def in_mode(self, mode: str) -> str:
        """Return the address of this page in another book."""
        return f"{self.path}?mode={mode}"


def to_account_mark(account_id: str) -> str:
    """Return the mark by which pages and forms know an account again."""
    return hashlib.sha256(account_id.encode()).hexdigest()[:16] if account_id else ""


def get_shell(request: Request) -> Shell:
    """Return the shell of a request; without one, the shell of a stranger."""
    shell: Shell | None = request.scope["state"].get("shell")
    return shell or Shell(path=request.url.path)


def set_shell(request: Request, shell: Shell) -> None:
    """Set the shell that the answer to this request is rendered in."""
    request.scope["state"]["shell"] = shell
