"""Acts on one result: star, name, keep, delete and undo."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request

from gateway.kit.errors import BadRequest
from gateway.kit.operation import Caller
from gateway.media import operations as media
from gateway.media.outputs import operations as outputs
from gateway.pages.create.results import Result
from gateway.pages.operation_client import OperationClient
from gateway.pages.shell import get_shell
from gateway.pages.toasts import Toast, ToastAction

UNDO_WORDS = "Deleted. For ten minutes you can take that back."


class ResultActs:
    """Does what was pressed on the page of one result."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client

    async def act(
        self, request: Request, caller: Caller, result: Result, posted: Mapping[str, str]
    ) -> Toast | None:
        """Do what was pressed; return what to say of it, if the page does not show it by itself.

        Raises:
            Problem: any refusal.
        """
        decision = posted.get("decision", "")
        one: dict[str, object] = {"outputs": [result.reference]}
        await self._client.count_account_call("submit", caller)
        if decision == "keep":
            await self._call(media.keep_asset, request, caller, result.reference)
            return Toast(words="Kept.")
        if decision in ("star", "unstar"):
            body = {**one, "starred": decision == "star"}
            await self._call(outputs.update_outputs, request, caller, body)
        elif decision == "name":
            name = posted.get("name", "").strip() or None
            await self._call(outputs.update_outputs, request, caller, {**one, "name": name})
        elif decision == "restore":
            await self._call(outputs.restore_outputs, request, caller, one)
        elif decision == "delete":
            await self._call(outputs.delete_outputs, request, caller, one)
            path = get_shell(request).act(result.path)
            undo = ToastAction(words="Undo", post=path, fields={"decision": "restore"})
            return Toast(words="Deleted.", action=undo)
        else:
            raise BadRequest("There is no such button.")
        return None

    async def _call(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        caller: Caller,
        body: Mapping[str, object],
    ) -> None:
        await self._client.call_from_form(handler, request, caller, body)
