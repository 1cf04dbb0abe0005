"""Protection from pages of other sites, which can send requests to ports of this machine."""

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "::1")
LOOPBACK_NAMES = ("127.0.0.1", "[::1]", "localhost")
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class RefuseForeignOrigin:
    """Middleware that refuses changes from another site: browsers name it in `Origin`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if it comes from this site, or from no page."""
        app = self.app
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            headers = Headers(scope=scope)
            own = f"http://{headers['host']}"
            if headers.get("origin", own) != own:
                app = PlainTextResponse("Another site sent this.", 403)
        await app(scope, receive, send)


def build_own_site_middleware() -> list[Middleware]:
    """Build the middleware that keeps other sites out.

    The host comes first: a name that its owner turns to 127.0.0.1 makes another site's page
    same-origin with this one (DNS rebinding), so its `Origin` would agree.
    """
    return [
        Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK_NAMES, www_redirect=False),
        Middleware(RefuseForeignOrigin),
    ]
