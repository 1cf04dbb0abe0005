"""The REST API as the tools see it: one call, and its answer or its refusal.

Whatever happens to a call becomes a refusal with a code and a hint: a model can act on those, and
not on an exception. An answer that no gateway gives (a proxy's page, another site) is told apart
from the gateway's own, because only the latter says anything about the call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import httpx2
from pydantic_core import from_json

from mcp_server.json_types import JsonObject
from mcp_server.rest.offers import RestRequest
from mcp_server.results import Refusal, build_refusal, parse_refusal

JPEG = "image/jpeg"
TIMEOUT_SECONDS = 120
UNREACHABLE_CODE, UNEXPECTED_ANSWER_CODE = "unreachable", "unexpected_answer"


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """The answer to a call; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class RestApi:
    """The REST API of one gateway; `client` sends the credential of the present call."""

    client: httpx2.AsyncClient

    async def call(self, request: RestRequest) -> JsonObject:
        """Send a call, and return its JSON answer.

        Raises:
            Refusal: REST refused, did not answer, or what answered is no gateway.
        """
        answer = await self._send(request)
        body = _parse_json_object(answer)
        if body is None:
            raise self._build_no_gateway_refusal(answer)
        return body

    async def get(self, path: str, **query: str) -> JsonObject:
        """Return the JSON at a path.

        Raises:
            Refusal: see `call`.
        """
        return await self.call(RestRequest("GET", path, query, {}, None))

    async def get_picture(self, path: str, **query: str) -> bytes:
        """Return the JPEG at a path.

        Raises:
            Refusal: see `call`.
        """
        answer = await self._send(RestRequest("GET", path, query, {"Accept": JPEG}, None))
        if not answer.headers.get("content-type", "").startswith("image/"):
            raise self._build_no_gateway_refusal(answer)
        return answer.content

    async def exchange(self, request: RestRequest) -> RestAnswer:
        """Send a call as it is, and return what answers.

        Raises:
            HTTPError: nothing answers.
            ValueError, RecursionError, InvalidURL: no URL, header or JSON text can hold its values.
        """
        sent = self.client.build_request(
            request.method,
            request.path,
            params=request.query,
            headers={"Accept": "application/json"} | request.headers,
            json=request.body,
        )
        answer = await self.client.send(sent)
        return RestAnswer(answer.status_code, answer.headers, answer.content)

    async def _send(self, request: RestRequest) -> RestAnswer:
        try:
            answer = await self.exchange(request)
        except httpx2.HTTPError as error:
            raise build_unreachable_refusal(self.client.base_url) from error
        except (httpx2.InvalidURL, ValueError, RecursionError) as error:
            # A URL that is too long, NaN, half a surrogate pair, or endlessly nested lists.
            raise build_refusal(
                "invalid_input",
                "The request holds a value that cannot be sent.",
                "Send shorter texts in valid Unicode, finite numbers, and lists that are not deep.",
            ) from error
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return answer
        problem = _parse_json_object(answer)
        if problem is None or not isinstance(problem.get("code"), str):
            raise self._build_no_gateway_refusal(answer)
        raise parse_refusal(problem, answer.headers.get("retry-after"))

    def _build_no_gateway_refusal(self, answer: RestAnswer) -> Refusal:
        """Build the refusal for an answer that came from a proxy or another site."""
        base, status = self.client.base_url, answer.status
        if status >= httpx2.codes.INTERNAL_SERVER_ERROR:
            return build_unreachable_refusal(base, f"what stands before it answered {status}")
        return build_unexpected_refusal(base, f"answered {status}")


def build_unreachable_refusal(base: object, why: str = "") -> Refusal:
    """Build the refusal for a gateway that does not answer; `why` says how that was seen."""
    return build_refusal(
        UNREACHABLE_CODE,
        f"The gateway at {base} does not answer{f': {why}' if why else ''}.",
        "Call again with the same arguments in some seconds: nothing is charged twice.",
        retryable=True,
    )


def build_unexpected_refusal(base: object, what: str) -> Refusal:
    """Build the refusal for an answer that no gateway gives; `what` describes it in words."""
    return build_refusal(
        UNEXPECTED_ANSWER_CODE,
        f"{base} {what}, but not as a Killa Tamata gateway.",
        "Tell the user to check KT_API_BASE, and what proxy is before the gateway.",
    )


def is_away(refusal: Refusal) -> bool:
    """Return True if the refusal is ours, because no gateway answered."""
    return refusal.problem["code"] in {UNREACHABLE_CODE, UNEXPECTED_ANSWER_CODE}


def _parse_json_object(answer: RestAnswer) -> JsonObject | None:
    """Return the JSON object of an answer; None if it holds anything else."""
    try:
        # Deep nesting may crash the standard library's parser; this one raises a ValueError.
        body = from_json(answer.content)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
