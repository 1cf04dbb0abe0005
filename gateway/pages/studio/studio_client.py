"""The client of the studio's pages: an invalid id is not found, and a write counts as a submit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from gateway.kit.errors import InvalidInput, NotFound
from gateway.kit.http.guard import RouteLimits
from gateway.kit.operation import Caller
from gateway.kit.wire import request_reader
from gateway.pages.answers import WireAnswer
from gateway.pages.operation_client import OperationClient, build_call_headers, read_form

TEXT_LIMITS = RouteLimits(body_bytes=4 * 2**20)  # a mebibyte of text, as a form writes it


@dataclass(frozen=True, slots=True)
class StudioClient:
    """Calls operations of the studio for the person who is signed in."""

    client: OperationClient

    async def read_form(self, request: Request) -> dict[str, str]:
        """Read a form of one of our pages, with line ends as texts are stored.

        Browsers send CRLF: stored like that, every line of an unchanged text would differ.

        Raises:
            Problem: another site sent it, or it is no form.
        """
        self.client.callers.site.refuse_cross_site(request.method, request.headers)
        return {
            name: text.replace("\r\n", "\n") for name, text in (await read_form(request)).items()
        }

    async def write(
        self,
        handler: Any,  # noqa: ANN401 - an operation
        request: Request,
        caller: Caller,
        body_fields: Mapping[str, object],
        *,
        key: str | None = None,
        seen_etag: str | None = None,
    ) -> WireAnswer:
        """Call an operation that writes; `seen_etag` is the ETag of the version that is changed.

        Raises:
            Problem: any refusal.
        """
        await self.client.count_account_call("submit", caller)
        answer = await self.client.call_operation(
            handler,
            request,
            body_fields,
            caller,
            headers=build_call_headers(request)
            | ({} if seen_etag is None else {"if-match": seen_etag}),
            idempotency_key=key,
        )
        return request_reader.parse_json_object(answer.body)

    async def read(
        self,
        handler: Any,  # noqa: ANN401 - an operation
        request: Request,
        caller: Caller,
        **query: str,
    ) -> WireAnswer:
        """Call an operation that only reads; return its answer in wire names.

        Raises:
            NotFound: the person has no such thing, or the id in the address is malformed.
        """
        try:
            return await self.client.read_wire(handler, request, caller, **query)
        except InvalidInput as error:
            raise NotFound from error
