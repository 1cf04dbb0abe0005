"""The desk of the studio's pages: what is missing leads nowhere, and what is written counts."""

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
    """A desk with the manners of the studio."""

    desk: Desk

    async def posted(self, request: Request) -> dict[str, str]:
        """Return the fields of a form of ours, with line ends as they are kept.

        Raises:
            Problem: it is of another site, or no form.
        """
        self.desk.callers.site.refuse_foreign(request.method, request.headers)
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
        """Carry out what writes; `seen` is the ETag of the version that is to be changed.

        Raises:
            Problem: any refusal.
        """
        await self.desk.count("submit", caller)
        made = await self.desk.carry_out(
            handler,
            request,
            given,
            caller,
            headers=page_headers(request) | ({} if seen is None else {"if-match": seen}),
            idempotency_key=key,
        )
        return wire.parse(made.body)

    async def read(
        self,
        handler: Any,  # noqa: ANN401 - an operation
        request: Request,
        caller: Caller,
        **query: str,
    ) -> WireAnswer:
        """Return what an operation reads; an id that is none leads nowhere.

        Raises:
            NotFound: there is no such thing of this person.
        """
        try:
            return await self.desk.found(handler, request, caller, **query)
        except InvalidInput as error:
            raise NotFound from error


def belongs(request: Request, found: Mapping[str, object]) -> None:
    """Look that what was found is of the project in the address.

    Raises:
        NotFound: it is of another one.
    """
    if found["projectId"] != request.path_params["project_id"]:
        raise NotFound
