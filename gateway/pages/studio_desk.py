"""The desk of the studio's pages: an invalid id is not found, and a write counts as a submit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from gateway.kit import wire
from gateway.kit.errors import InvalidInput, NotFound
from gateway.kit.http_guard import RouteLimits
from gateway.kit.operation import Caller
from gateway.pages.answers import WireAnswer
from gateway.pages.session import Desk, form, page_headers

STUDIO = "/studio"
PROJECT = f"{STUDIO}/{{project_id}}"
TEXT = RouteLimits(body_bytes=4 * 2**20)  # a mebibyte of text, as a form writes it


@dataclass(frozen=True, slots=True)
class StudioDesk:
    """Calls operations of the studio for the person who is signed in."""

    desk: Desk

    async def posted(self, request: Request) -> dict[str, str]:
        """Read a form of one of our pages, with line ends as texts are stored.

        Browsers send CRLF: stored like that, every line of an unchanged text would differ.

        Raises:
            Problem: another site sent it, or it is no form.
        """
        self.desk.callers.site.refuse_cross_site(request.method, request.headers)
        return {name: text.replace("\r\n", "\n") for name, text in (await form(request)).items()}

    async def write(
        self,
        handler: Any,  # noqa: ANN401 - an operation
        request: Request,
        caller: Caller,
        given: Mapping[str, object],
        *,
        key: str | None = None,
        seen: str | None = None,
    ) -> WireAnswer:
        """Call an operation that writes; `seen` is the ETag of the version that is changed.

        Raises:
            Problem: any refusal.
        """
        await self.desk.count("submit", caller)
        answer = await self.desk.carry_out(
            handler,
            request,
            given,
            caller,
            headers=page_headers(request) | ({} if seen is None else {"if-match": seen}),
            idempotency_key=key,
        )
        return wire.parse_json_object(answer.body)

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
            return await self.desk.found(handler, request, caller, **query)
        except InvalidInput as error:
            raise NotFound from error


def belongs(request: Request, found: Mapping[str, object]) -> None:
    """Check that an answer belongs to the project in the address.

    Raises:
        NotFound: it belongs to another project.
    """
    if found["projectId"] != request.path_params["project_id"]:
        raise NotFound
