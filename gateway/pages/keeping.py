"""The toast of a page that no longer keeps what it makes, since the storage is nearly full."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.caller import Caller
from gateway.media.jobs.auto_keep import NEARLY_FULL_WORDS, AutoKeeper
from gateway.pages.operation_client import OperationClient
from gateway.pages.shell import get_shell
from gateway.pages.toasts import Toast, ToastAction, add_toast


async def tell_nearly_full(
    client: OperationClient, request: Request, response: Response, caller: Caller
) -> Response:
    """Add the toast to the answer to a submit, if the person has yet to hear it.

    A refused submit leaves it to the next one.
    """
    keeper: AutoKeeper = client.ports.get(AutoKeeper)
    if (await keeper.choose(caller)).is_news and await keeper.record_told(caller):
        action = ToastAction(words="Settings", href=get_shell(request).to("/settings"))
        add_toast(request, response, Toast(words=NEARLY_FULL_WORDS, action=action))
    return response
