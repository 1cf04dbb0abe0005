"""Google's keys: fetched once, again for an unknown one, and at most once a minute."""

from collections.abc import Iterator

import pytest

from gateway.identity.errors import GoogleUnavailable, TokenInvalid
from gateway.identity.sign_in.google import GoogleSignIn, RedirectFlow
from tests.fakes.oidc import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, Issuer, serve_issuer

pytestmark = pytest.mark.anyio
FLOW = RedirectFlow(redirect_uri="http://kt.test/back", state="s", nonce="n", verifier="v")


class StillClock:
    """A clock that stands still until the test moves it."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hands() -> StillClock:
    return StillClock()


@pytest.fixture
def one() -> Iterator[Issuer]:
    with serve_issuer() as made:
        yield made


@pytest.fixture
def google(one: Issuer, hands: StillClock) -> GoogleSignIn:
    return GoogleSignIn(one.url, [GOOGLE_CLIENT_ID], GOOGLE_CLIENT_SECRET, clock=hands)


async def test_a_rotated_key_is_accepted_after_its_minute(
    one: Issuer, google: GoogleSignIn, hands: StillClock
) -> None:
    for _ in range(3):
        assert (await google.verify_id_token(one.sign_token(), None)).email == "ana@gmail.com"
    assert one.jwks_reads == 1
    one.rotate_key()
    hands.now += 59
    with pytest.raises(TokenInvalid):
        await google.verify_id_token(one.sign_token(), None)
    assert one.jwks_reads == 1
    hands.now += 2
    assert (await google.verify_id_token(one.sign_token(), None)).subject == "1"
    assert one.jwks_reads == 2


async def test_keys_are_read_again_when_their_age_is_over(
    one: Issuer, google: GoogleSignIn, hands: StillClock
) -> None:
    old = one.sign_token()
    await google.verify_id_token(old, None)
    one.rotate_key()
    hands.now += 3_599
    assert (await google.verify_id_token(old, None)).subject == "1"
    hands.now += 2
    with pytest.raises(TokenInvalid):
        await google.verify_id_token(old, None)
    assert one.jwks_reads == 2


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks"])
@pytest.mark.parametrize(
    "body",
    [
        *(b"[]", b"{}", b"7", b"null", b"<html>", b"\xff", b'{"keys": "x"}', b'{"keys": [7]}'),
        *(b'{"keys": [{"kty": ["RSA"]}]}', b'{"jwks_uri": "://"}', b'{"jwks_uri": {"a": 1}}'),
    ],
)
async def test_an_issuer_that_answers_oddly_is_not_available(
    one: Issuer, google: GoogleSignIn, path: str, body: bytes
) -> None:
    one.odd_answers[path] = body
    with pytest.raises((GoogleUnavailable, TokenInvalid)):
        await google.verify_id_token(one.sign_token(), None)


@pytest.mark.parametrize("body", [b"[]", b"null", b"<html>", b'{"id_token": 7}', b"{}"])
async def test_a_token_endpoint_that_answers_oddly_signs_nobody_in(
    one: Issuer, google: GoogleSignIn, body: bytes
) -> None:
    one.odd_answers["/token"] = body
    with pytest.raises((GoogleUnavailable, TokenInvalid)):
        await google.verify_id_token(await google.fetch_id_token("code", FLOW), None)
