"""Pages of the payment providers that need their own; this file alone names them all."""

from gateway.kit.routing import Route
from gateway.pages.providers.usdc import USDC, UsdcPages
from gateway.pages.providers.x402 import x402_snippets
from gateway.pages.session import Desk
from gateway.pages.ways import Way

OWN_WAYS = (
    Way(method="crypto", words="in USDC", path=USDC, template="providers/usdc_note.html"),
    Way(method="x402", template="providers/x402_note.html", code=x402_snippets),
)


def routes(desk: Desk) -> list[Route]:
    """Return the routes of these pages."""
    return UsdcPages(desk).routes()
