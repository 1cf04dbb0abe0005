"""What stands in a gateway's place may answer anything; whoever asks hears of it in words."""

from functools import partial

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mcp_server.http.application import build_admission
from mcp_server.http.site import Site
from mcp_server.http.standalone import build_gateway_verifier
from mcp_server.rest.api import RestApi, is_away
from mcp_server.results import Refusal
from tests.fakes.serving import serve_application

pytestmark = pytest.mark.anyio
STRANGE = {
    "a code that is an object": b'{"code": {"a": 1}}',
    "a code that is a list": b'{"code": ["x"], "message": "m"}',
    "no code": b'{"error": {"code": 401}}',
    "a list": b"[1]",
    "no text": b"\xff\xfe",
    "deep": b"[" * 100_000,
}
BARE = b'{"code": "account_frozen", "retryAfterSeconds": [7], "detail": {"a": "b"}}'
VERIFICATIONS = {
    "refused for good": (403, BARE, 403, "account_frozen"),
    "to be asked later": (503, b'{"code": "busy", "retryable": true}', 503, "busy"),
    "too often": (429, b'{"code": "rate_limited"}', 429, "rate_limited"),
    "another site": (404, b'{"code": ["x"]}', 503, "unexpected_answer"),
    "a balance of nobody": (200, b'{"balanceUsd": "5.00"}', 503, "unexpected_answer"),
    "a key that is a list": (200, b'{"key": []}', 503, "unexpected_answer"),
}


def build_stand_in(status: int, body: bytes) -> Starlette:
    """Return what stands in a gateway's place: one answer, whatever is asked."""

    async def answer(_request: Request) -> Response:
        return Response(body, status, media_type="application/json")

    return Starlette(routes=[Route("/{path:path}", answer)])


async def get_refusal(status: int, body: bytes) -> Refusal:
    transport = httpx2.ASGITransport(build_stand_in(status, body))
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        with pytest.raises(Refusal) as raised:
            await RestApi(client).get("/api/v1/balance")
    return raised.value


@pytest.mark.promise("mcp: away-is-said")
@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE)
async def test_what_is_no_problem_of_ours_is_no_answer_of_a_gateway(body: bytes) -> None:
    for status in (401, 503):
        assert is_away(await get_refusal(status, body))


async def test_a_refusal_without_hint_has_all_that_is_read_of_refusals() -> None:
    problem = dict((await get_refusal(403, BARE)).problem)
    assert problem == {
        "code": "account_frozen",
        "message": "account_frozen",
        "hint": "",
        "retryable": False,
    }


@pytest.mark.promise("mcp: away-is-said")
@pytest.mark.parametrize("case", VERIFICATIONS.values(), ids=VERIFICATIONS)
async def test_a_key_is_called_unavailable_for_now_only_where_asking_again_may_help(
    case: tuple[int, bytes, int, str],
) -> None:
    status, body, told, code = case
    with serve_application(build_stand_in(status, body)) as base:
        site = Site(public_url=base, api_url=base, hosts=frozenset(), sessions=True)
        door = partial(
            build_admission(site, build_gateway_verifier(base)), build_stand_in(200, b"{}")
        )
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(door)) as client:
            answer = await client.post(f"{base}/mcp", headers={"Authorization": "Bearer key"})
    assert (answer.status_code, answer.json()["error"]["data"]["code"]) == (told, code)
    assert ("retry-after" in answer.headers) == (told != 403)
