"""The frame of every page: the places one can go to, the book, who is signed in."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request

from gateway.kit.operation import Caller


@dataclass(frozen=True, slots=True)
class Place:
    """An item of the navigation: where it leads, its words, its icon (parts/icons.html)."""

    path: str
    words: str
    icon: str
    alone: bool = False  # what lies below the path is other places


# Only pages that exist; what lies below a path counts as that place.
PLACES: Sequence[Place] = (
    Place("/dashboard", "Overview", "layout-dashboard"),
    Place("/jobs", "Jobs", "images"),
    Place("/playground", "Playground", "play"),
    Place("/studio", "Studio", "clapperboard"),
    Place("/credits", "Credits", "wallet"),
    Place("/usage", "Usage", "chart-column"),
    Place("/keys", "API keys", "key-round"),
    Place("/webhooks", "Webhooks", "webhook"),
    Place("/oauth/apps", "Connected apps", "plug"),
    Place("/affiliate", "Affiliate", "link"),
    Place("/settings", "Settings", "settings"),
)
OPERATORS: Sequence[Place] = (
    Place("/admin", "Overview", "layout-dashboard", alone=True),
    Place("/admin/accounts", "Accounts", "users"),
    Place("/admin/jobs", "Jobs", "images"),
    Place("/admin/nodes", "Nodes", "server"),
    Place("/admin/outbox", "Outbox", "inbox"),
    Place("/admin/dead", "Dead letters", "mail-x"),
    Place("/admin/events", "Webhooks received", "webhook"),
    Place("/admin/reconcile", "Reconcile", "scale"),
    Place("/admin/audit", "Audit log", "scroll-text"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The frame of one answer; `caller` is who is signed in, in the book that the page shows.

    `files_origin` is where outputs are served, if those are other hosts. Pages of operators are
    about both books.
    """

    path: str
    caller: Caller | None = None
    live_enabled: bool = False
    files_origin: str = ""
    operator: bool = False

    @property
    def mode(self) -> str:
        """Return the book the page is about: live or test."""
        if self.caller is not None:
            return self.caller.book
        return "live" if self.live_enabled else "test"

    @property
    def account(self) -> str:
        """Return what tells the account from others without naming it; empty for a stranger."""
        account_id = "" if self.caller is None else self.caller.account_id
        return hashlib.sha256(account_id.encode()).hexdigest()[:16] if account_id else ""

    @property
    def places(self) -> Sequence[Place]:
        """Return the items of the navigation."""
        return OPERATORS if self.operator else PLACES

    def sign_in(self, page: str) -> str:
        """Return where a stranger signs in, to come back to a form that strangers can fill in.

        From the sign-in itself one goes on to where it was to lead.
        """
        if self.path.startswith("/playground"):
            return f"/login?{urlencode({'returnPath': page})}"
        back = parse_qs(urlsplit(page).query).get("returnPath")
        if self.path.startswith("/login") and back:
            return f"/login?{urlencode({'returnPath': back[0]})}"
        return "/login"

    def current(self, place: Place) -> bool:
        """Return True if the page is this place, or below it."""
        below = not place.alone and self.path.startswith(f"{place.path}/")
        return self.path == place.path or below

    def to(self, path: str, **query: str) -> str:
        """Return the address of a page in the same book."""
        if self.live_enabled and self.mode == "test":
            query |= {"mode": "test"}
        return f"{path}?{urlencode(query)}" if query else path

    def act(self, path: str) -> str:
        """Return where a form posts to; the book is always named, so that no default decides."""
        return f"{path}?mode={self.mode}"

    def in_mode(self, mode: str) -> str:
        """Return the address of this page in a book."""
        return f"{self.path}?mode={mode}"


def shell_of(request: Request) -> Shell:
    """Return the frame of a request; without one, that of a stranger."""
    found: Shell | None = request.scope["state"].get("shell")
    return found or Shell(path=request.url.path)


def set_shell(request: Request, shell: Shell) -> None:
    """Put this frame around whatever answers the request."""
    request.scope["state"]["shell"] = shell
