"""The REST API as the tools see it: one call, its answer or its refusal."""

from dataclasses import dataclass
from typing import Any

import httpx2

from mcp_server.offers import Request
from mcp_server.results import Refused, refusal_of, refused

JPEG = "image/jpeg"
TIMEOUT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Api:
    """The REST API of one gateway, for whoever the present call is made for."""

    client: httpx2.AsyncClient

    async def call(self, request: Request) -> dict[str, Any]:
        """Return the JSON answer of a call.

        Raises:
            Refused: REST refused, or could not be reached.
        """
        answer: dict[str, Any] = (await self._answer(request)).json()
        return answer

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """Return what is at a path.

        Raises:
            Refused: see `call`.
        """
        return await self.call(Request("GET", path, query, {}, None))

    async def picture(self, path: str, **query: str) -> bytes:
        """Return the picture that is at a path.

        Raises:
            Refused: see `call`.
        """
        headers = {"Accept": JPEG}
        return (await self._answer(Request("GET", path, query, headers, None))).content

    async def _answer(self, request: Request) -> httpx2.Response:
        try:
            answer = await self.client.request(
                request.method,
                request.path,
                params=request.query,
                headers={"Accept": "application/json"} | request.headers,
                json=request.body,
            )
        except httpx2.HTTPError as error:
            raise unreachable(self.client.base_url) from error
        if answer.is_success:
            return answer
        raise _refusal(answer)


def unreachable(base: object) -> Refused:
    """Return the refusal for a gateway that does not answer."""
    return refused(
        "unreachable",
        f"The gateway at {base} did not answer.",
        "Call again with the same arguments: nothing is done or charged twice.",
        retryable=True,
    )


def _refusal(answer: httpx2.Response) -> Refused:
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict) or "code" not in problem:
        return refused(
            "unexpected_answer",
            f"The gateway answered {answer.status_code}.",
            "Try again later.",
            retryable=answer.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR,
        )
    return refusal_of(problem, answer.headers.get("retry-after"))
