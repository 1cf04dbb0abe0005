"""Pages of the payment providers that need their own; this file alone names them all."""

from gateway.kit.http.routing import Route
from gateway.pages.money.payment_ways import PaymentWay
from gateway.pages.money.providers.usdc import USDC_PATH, UsdcPages
from gateway.pages.money.providers.x402 import build_x402_snippets
from gateway.pages.operation_client import OperationClient

OWN_WAYS = (
    PaymentWay(
        method="crypto", words="in USDC", path=USDC_PATH, template="providers/usdc_note.html"
    ),
    PaymentWay(method="x402", template="providers/x402_note.html", code=build_x402_snippets),
)


def routes(client: OperationClient) -> list[Route]:
    """Return the routes of these pages."""
    return UsdcPages(client).routes()
