"""The form that redeems a credit code, on the page of credit."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.pages.answers import WireAnswer
from gateway.pages.money_words import format_money
from gateway.pages.operation_client import OperationClient, read_form
from gateway.pages.render import see_other
from gateway.pages.shell import get_shell
from gateway.pages.toasts import Toast, add_toast
from gateway.payments.codes import operations as codes
from gateway.payments.codes.states import ShownRedemptionState

REDEEM_PATH = "/credits/redeem"


class CodePages:
    """The view that redeems a code; the page of credit shows its form."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client

    def routes(self) -> list[Route]:
        """Return the route of this form."""
        return [Route(REDEEM_PATH, self._client.person_view(self.redeem_code), methods=["POST"])]

    async def redeem_code(self, request: Request, caller: Caller) -> Response:
        """Redeem the typed code, and say on the page of credit what came of it."""
        fields = await read_form(request)
        body = {"code": fields.get("code", "").strip()}
        redeemed = await self._client.call_from_form(codes.redeem_code, request, caller, body)
        response = see_other(get_shell(request).to("/credits"))
        return add_toast(request, response, Toast(words=describe_redemption(redeemed)))


def describe_redemption(redeemed: WireAnswer) -> str:
    """Describe for a person what redeeming a code did."""
    if redeemed["replayed"]:
        return "You have redeemed this code before. Nothing was added."
    credit = format_money(redeemed["creditMicrousd"])
    if redeemed["state"] == ShownRedemptionState.WAITING:
        least = redeemed["leastPurchaseMicrousd"]
        size = f" of {format_money(least)} or more" if least else ""
        return f"The code is yours: {credit} comes with your first purchase{size}."
    return f"{credit} was added."
