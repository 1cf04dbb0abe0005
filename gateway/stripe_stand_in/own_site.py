"""Refusing what pages of other sites send to a port of this machine that they found."""

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "::1")
LOOPBACK_NAMES = ("127.0.0.1", "[::1]", "localhost")
SAFE = {"GET", "HEAD", "OPTIONS"}


class RefuseForeignOrigin:
    """Refuse a change that another site sends: browsers name the sender of each in `Origin`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what this site, or no page at all, sends."""
        app = self.app
        if scope["type"] == "http" and scope["method"] not in SAFE:
            headers = Headers(scope=scope)
            own = f"http://{headers['host']}"
            if headers.get("origin", own) != own:
                app = PlainTextResponse("Another site sent this.", 403)
        await app(scope, receive, send)


def own_site_only() -> list[Middleware]:
    """Return the middleware that keeps other sites out.

    The host comes first: a name that its owner turns to 127.0.0.1 makes another site's page
    same-origin with this one (DNS rebinding), so its `Origin` would agree.
    """
    return [
        Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK_NAMES, www_redirect=False),
        Middleware(RefuseForeignOrigin),
    ]
