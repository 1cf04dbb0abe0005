"""Toasts: what was done, said at the bottom of the page, with a link or form such as Undo.

An answer to htmx carries the toast in the header `HX-Trigger`. After a redirect the next page shows
it: a cookie takes it there. Without a script that page shows it as a notice.
"""

import base64
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import Problem
from gateway.kit.wire import request_reader
from gateway.pages.shell import get_shell

TOAST_COOKIE = "kt_toast"
TOAST_SECONDS = 60
MOST_COOKIE_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ToastAction:
    """The one action of a toast: a link to `href`, or a form that posts `fields` to `post`.

    `target` is the id of the element that the answer to the form replaces; without it the answer
    is a page, or a redirect to one.
    """

    words: str
    href: str = ""
    post: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    target: str = ""

    def __post_init__(self) -> None:
        """Refuse an address of another site: a cookie may hold what somebody planted."""
        for path in filter(None, (self.href, self.post)):
            if not path.startswith("/") or path[1:2] in {"/", "\\"}:
                raise ValueError("An action of a toast stays on this site.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Toast:
    """Words with an action; one with an action or an amount (`stays`) is not taken away by time."""

    words: str
    action: ToastAction | None = None
    stays: bool = False


def add_toast(request: Request, response: Response, toast: Toast) -> Response:
    """Add a toast to an answer: a fragment shows it at once, a redirect on the page it leads to."""
    leaves_page = "location" in response.headers or "hx-redirect" in response.headers
    if "hx-request" in request.headers and not leaves_page:
        former = response.headers.get("HX-Trigger")  # the name of one event
        events = {} if former is None else {former: None}
        response.headers["HX-Trigger"] = json.dumps(events | {"toast": _drop_empty(toast)})
        return response
    value = base64.urlsafe_b64encode(json.dumps(_drop_empty(toast)).encode()).decode().rstrip("=")
    if len(value) <= MOST_COOKIE_CHARACTERS:
        cookie = get_shell(request).site.build_set_cookie(TOAST_COOKIE, value, TOAST_SECONDS)
        response.headers.append("Set-Cookie", cookie)
    return response


def find_toast(request: Request) -> Toast | None:
    """Return the toast that a redirect left for this page; what is malformed is none."""
    value = get_shell(request).site.read_cookie(request.headers, TOAST_COOKIE)
    if value is None or len(value) > MOST_COOKIE_CHARACTERS:
        return None
    try:
        fields = request_reader.parse_json_object(base64.urlsafe_b64decode(f"{value}=="))
        action = fields.pop("action", None)
        return Toast(**fields, action=None if action is None else ToastAction(**action))
    except (Problem, ValueError, TypeError):
        return None


def clear_toast(request: Request) -> str:
    """Return the `Set-Cookie` value after which the next page shows this toast no more."""
    return get_shell(request).site.build_set_cookie(TOAST_COOKIE, "", 0)


def _drop_empty(toast: Toast) -> dict[str, Any]:
    """Return the fields of a toast that say something, in the form of the wire."""
    fields = {name: value for name, value in asdict(toast).items() if value}
    if toast.action is not None:
        fields["action"] = {name: value for name, value in asdict(toast.action).items() if value}
    return fields
