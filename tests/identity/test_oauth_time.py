"""Apps and their tokens over time, and the caller that a token stands for; on both databases."""

import base64
import hashlib
from dataclasses import replace

import pytest

from gateway.identity.accounts import closure
from gateway.identity.errors import InvalidClient, InvalidGrant, UnknownApp
from gateway.identity.keys import keys
from gateway.identity.keys.schemas import Key
from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.session_allowance import SessionAllowance
from gateway.identity.keys.spend_policy import SpendPolicy
from gateway.identity.oauth.apps import AppCaller, Apps
from gateway.identity.oauth.authorization_requests import AuthorizationRequest
from gateway.identity.oauth.clients import AppClient, AppClients
from gateway.identity.oauth.grants import (
    CodeExchange,
    Consent,
    ConsentSubmission,
    Grants,
    TokenPair,
)
from gateway.identity.oauth.redirects import Redirect
from gateway.kit.audit_log import Actor
from gateway.kit.clock import DAY, HOUR, MINUTE, SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.errors import Unauthorized
from gateway.kit.idempotency import KeyScope
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.kit.outgoing.safe_fetch import SafeFetch
from gateway.mail.outbox import Mailer
from tests.databases import MovedClock

pytestmark = pytest.mark.anyio
VERIFIER = "v" * 43
PEPPERS = Peppers({"1": b"pepper"})
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:-1]
ACTOR = Actor(kind="system", id="app")
CONSENT = Consent(
    scopes=["media"],
    policy=SpendPolicy(auto_approve=0, confirm_up_to=0, daily_limit=10),
    toolsets=["media", "account"],
    read_only=True,
)
BODY = b'{"client_name": "app", "redirect_uris": ["https://app.example/cb"]}'


class AppConnection:
    """One registered app and the person who connects it."""

    def __init__(self, database: Database, ids: Ids) -> None:
        self.database, self.ids = database, ids
        self.clients = AppClients(database, ids, SafeFetch())
        self.grants = Grants(database, ids, PEPPERS, SessionAllowance(0))
        self.apps = Apps(database, enabled=True)
        self.client_id = self.account_id = ""

    async def connect(self) -> str:
        """Register the app, let a person connect it, and return its code."""
        self.client_id = (await self.clients.register(BODY, "application/json"))["client_id"]
        async with self.database.write() as session:
            self.account_id = await keys.create_account(session, self.ids, "ada")
        redirect = Redirect.parse("https://app.example/cb")
        client = AppClient(self.client_id, "app", [redirect])
        asked = AuthorizationRequest(client, redirect, CHALLENGE, ["media"])
        press = ConsentSubmission(
            KeyScope(self.account_id, "test", "POST", "/oauth/authorize", "one"), b""
        )
        return await self.grants.connect(self.caller, asked, CONSENT, ACTOR, press)

    async def exchange(self, code: str) -> TokenPair:
        given = CodeExchange(
            client_id=self.client_id, code=code, verifier=VERIFIER, redirect_uri=None
        )
        return await self.grants.exchange_code(given, ACTOR)

    async def refresh(self, token: str) -> TokenPair:
        return await self.grants.exchange_refresh_token(self.client_id, token, ACTOR)

    async def find_app(self, token: str) -> AppCaller | None:
        try:
            return await self.apps.get_app(token)
        except Unauthorized:
            return None

    @property
    def caller(self) -> Caller:
        return Caller(account_id=self.account_id, ledger_account=0, book="test", scopes=frozenset())

    async def list_connected(self) -> list[Key]:
        return list(await self.grants.list_connected(self.caller))


@pytest.fixture
def connecting(database: Database, ids: Ids) -> AppConnection:
    return AppConnection(database, ids)


async def test_an_access_token_speaks_for_the_account_within_what_was_given_for_an_hour(
    connecting: AppConnection, clock: MovedClock
) -> None:
    tokens = await connecting.exchange(await connecting.connect())
    app = await connecting.find_app(tokens.access)
    assert app is not None
    assert (app.caller.account_id, app.caller.book) == (connecting.account_id, "test")
    assert (app.caller.key_id or "").startswith("grant_")
    assert (app.caller.scopes, app.caller.auto_approve_microusd) == (frozenset({"media"}), 0)
    assert (app.toolsets, app.read_only) == (frozenset({"media", "account"}), True)
    assert app.caller.policy_id is not None
    (shown,) = await connecting.list_connected()
    assert shown.last_used_at is not None
    typo = tokens.access[:-1] + ("1" if tokens.access.endswith("0") else "0")
    for other in (tokens.refresh, typo, "kt_oat_", "", "kt_oat_" + "é" * 38):
        assert await connecting.find_app(other) is None
    with pytest.raises(Unauthorized):
        await Apps(connecting.database, enabled=False).get_app(tokens.access)
    await clock.advance(connecting.database, 59 * MINUTE)
    assert await connecting.find_app(tokens.access) is not None
    await clock.advance(connecting.database, MINUTE)
    assert await connecting.find_app(tokens.access) is None


async def test_a_code_lives_a_minute(connecting: AppConnection, clock: MovedClock) -> None:
    code = await connecting.connect()
    await clock.advance(connecting.database, 60 * SECOND)
    with pytest.raises(InvalidGrant):
        await connecting.exchange(code)
    assert await connecting.list_connected() == []


@pytest.mark.promise("identity: oauth-once")
async def test_an_old_refresh_token_ends_the_grant_once_a_lost_answer_is_no_excuse(
    connecting: AppConnection, clock: MovedClock
) -> None:
    first = await connecting.exchange(await connecting.connect())
    second = await connecting.refresh(first.refresh)
    await clock.advance(connecting.database, 59 * SECOND)
    again = await connecting.refresh(first.refresh)
    assert replace(again, expires_in_seconds=3600) == second
    assert 3_500 < again.expires_in_seconds <= 3_541
    await clock.advance(connecting.database, 2 * SECOND)
    with pytest.raises(InvalidGrant):
        await connecting.refresh(first.refresh)
    assert await connecting.list_connected() == []
    for tokens in (first, second):
        assert await connecting.find_app(tokens.access) is None
        with pytest.raises(InvalidGrant):
            await connecting.refresh(tokens.refresh)


async def test_an_app_of_a_closed_account_hears_that_its_grant_is_over_and_may_give_it_up(
    connecting: AppConnection, database: Database, ids: Ids
) -> None:
    tokens = await connecting.exchange(await connecting.connect())
    async with database.write() as session:
        mailer = Mailer(database, ids, None, {"1": b"pepper"})
        await closure.revoke_all_access(session, mailer, connecting.account_id)
    with pytest.raises(InvalidGrant):
        await connecting.refresh(tokens.refresh)
    await connecting.grants.revoke_token(connecting.client_id, tokens.refresh, ACTOR)


async def test_a_grant_lives_as_long_as_its_newest_refresh_token(
    connecting: AppConnection, clock: MovedClock
) -> None:
    first = await connecting.exchange(await connecting.connect())
    await clock.advance(connecting.database, 29 * DAY)
    second = await connecting.refresh(first.refresh)
    await clock.advance(connecting.database, 29 * DAY)
    await connecting.grants.purge()
    third = await connecting.refresh(second.refresh)
    await clock.advance(connecting.database, 30 * DAY)
    with pytest.raises(InvalidGrant):
        await connecting.refresh(third.refresh)
    assert await connecting.list_connected() == []


async def test_an_app_that_nobody_uses_for_90_days_is_forgotten(
    connecting: AppConnection, clock: MovedClock
) -> None:
    tokens = await connecting.exchange(await connecting.connect())
    for _ in range(4):
        await clock.advance(connecting.database, 29 * DAY)
        tokens = await connecting.refresh(tokens.refresh)
        await connecting.clients.purge()
    await connecting.clients.check_registered(connecting.client_id)
    await clock.advance(connecting.database, 90 * DAY + HOUR)
    await connecting.clients.purge()
    with pytest.raises(InvalidClient):
        await connecting.clients.check_registered(connecting.client_id)
    with pytest.raises(UnknownApp):
        await connecting.clients.load_client(connecting.client_id, "acct_1")
