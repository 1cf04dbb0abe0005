"""The REST API as the tools see it: one call, its answer or its refusal."""

from dataclasses import dataclass

import httpx2
from pydantic_core import from_json

from mcp_server.offers import Request
from mcp_server.open_json import Facts
from mcp_server.results import Refused, refusal_of, refused

JPEG = "image/jpeg"
TIMEOUT_SECONDS = 120
UNREACHABLE, UNEXPECTED = "unreachable", "unexpected_answer"


@dataclass(frozen=True, slots=True)
class Api:
    """The REST API of one gateway, for whoever the present call is made for."""

    client: httpx2.AsyncClient

    async def call(self, request: Request) -> Facts:
        """Return the JSON answer of a call.

        Raises:
            Refused: REST refused, or could not be reached.
        """
        answer = await self._answer(request)
        body = _json_object(answer)
        if body is None:
            raise self._no_gateway(answer)
        return body

    async def get(self, path: str, **query: str) -> Facts:
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
        answer = await self._answer(Request("GET", path, query, {"Accept": JPEG}, None))
        if not answer.headers.get("content-type", "").startswith("image/"):
            raise self._no_gateway(answer)
        return answer.content

    async def _answer(self, request: Request) -> httpx2.Response:
        built = self._build(request)
        try:
            answer = await self.client.send(built)
        except httpx2.HTTPError as error:
            raise unreachable(self.client.base_url) from error
        if answer.is_success:
            return answer
        problem = _json_object(answer)
        if problem is None or not isinstance(problem.get("code"), str):
            raise self._no_gateway(answer)
        raise refusal_of(problem, answer.headers.get("retry-after"))

    def _build(self, request: Request) -> httpx2.Request:
        """Return the HTTP request of a call.

        Raises:
            Refused: no URL, header or JSON text can hold its values.
        """
        try:
            return self.client.build_request(
                request.method,
                request.path,
                params=request.query,
                headers={"Accept": "application/json"} | request.headers,
                json=request.body,
            )
        except (httpx2.InvalidURL, ValueError, RecursionError) as error:
            # Too long a URL, NaN, half a surrogate pair, lists in lists without an end.
            raise refused(
                "invalid_input",
                "The request holds a value that cannot be sent.",
                "Send shorter texts in valid Unicode, finite numbers, and lists that are not deep.",
            ) from error

    def _no_gateway(self, answer: httpx2.Response) -> Refused:
        """Return the refusal for an answer that no gateway gives, but a proxy or another site."""
        base, status = self.client.base_url, answer.status_code
        if status >= httpx2.codes.INTERNAL_SERVER_ERROR:
            return unreachable(base, f"what stands before it answered {status}")
        return unexpected(base, f"answered {status}")


def unreachable(base: object, why: str = "") -> Refused:
    """Return the refusal for a gateway that does not answer; `why` says how one knows."""
    return refused(
        UNREACHABLE,
        f"The gateway at {base} does not answer{f': {why}' if why else ''}.",
        "Call again with the same arguments in some seconds: nothing is charged twice.",
        retryable=True,
    )


def unexpected(base: object, what: str) -> Refused:
    """Return the refusal for an answer that no gateway gives; `what` says what was answered."""
    return refused(
        UNEXPECTED,
        f"{base} {what}, but not as a Killa Tamata gateway.",
        "Tell the user to check KT_API_BASE, and what proxy is before the gateway.",
    )


def is_away(refusal: Refused) -> bool:
    """Return True if it is the gateway itself that did not answer."""
    return refusal.problem["code"] in {UNREACHABLE, UNEXPECTED}


def _json_object(answer: httpx2.Response) -> Facts | None:
    """Return the JSON object that an answer holds; None: it holds something else."""
    try:
        body = from_json(answer.content)  # the standard library may crash on depth
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
