"""Codes and sessions over time, on both databases."""

import asyncio
from contextlib import nullcontext
from dataclasses import replace

import pytest

from gateway.identity.errors import CodeExpired, EmailUnavailable, FreshSignInRequired
from gateway.identity.keys import keys, sessions
from gateway.identity.keys.operations import create_key
from gateway.identity.keys.schemas import CreateKey
from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.session_allowance import SessionAllowance
from gateway.identity.keys.sessions import Sessions
from gateway.identity.sign_in import email_codes
from gateway.identity.sign_in.email_codes import CodeAttempt, CodeRequest
from gateway.identity.sign_in.operations import start_email, unlink_identity
from gateway.identity.sign_in.pre_sessions import PreSessions
from gateway.identity.sign_in.schemas import StartEmail, UnlinkIdentity
from gateway.kit.clock import DAY, HOUR, MINUTE, SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.errors import Problem, RateLimited
from gateway.kit.http.browser import Site
from gateway.kit.ids import Ids
from gateway.kit.money import MICROUSD_PER_USD
from gateway.kit.operation import Call
from gateway.mail.base import Mail
from gateway.mail.outbox import Mailer
from tests.databases import MovedClock

pytestmark = pytest.mark.anyio
PEPPERS = Peppers({"1": b"pepper"})
SITE = Site("http://kt.test")
ANA = "ana@example.com"
FIVE_DOLLARS = SessionAllowance(5 * MICROUSD_PER_USD)


class Letterbox:
    """A sender of mail that keeps the code of the last one."""

    code = ""

    async def send(self, mail: Mail, mail_id: str) -> None:
        assert mail_id
        self.code = mail.subject[-6:]


async def request_code(
    database: Database, ids: Ids, email: str = ANA, client_ip: str = "192.0.2.1"
) -> CodeAttempt:
    """Request a code by mail; return the attempt that types it."""
    box = Letterbox()
    mailer = Mailer(database, ids, box, {"1": b"pepper"})
    wanted = CodeRequest(email=email, purpose="sign_in", client_ip=client_ip, pre_hash=b"")
    async with database.write() as session:
        challenge_id = await email_codes.send_code(session, ids, PEPPERS, mailer, wanted)
    await mailer.close()
    return CodeAttempt(challenge_id=challenge_id, code=box.code)


async def redeem_code(database: Database, attempt: CodeAttempt) -> str | Problem:
    async with database.write() as session:
        return await email_codes.redeem_challenge(session, PEPPERS, attempt)


async def test_a_code_lives_ten_minutes(database: Database, ids: Ids, clock: MovedClock) -> None:
    first = await request_code(database, ids)
    await clock.advance(database, 9 * MINUTE)
    assert await redeem_code(database, first) == ANA
    second = await request_code(database, ids)
    await clock.advance(database, 10 * MINUTE)
    assert isinstance(await redeem_code(database, second), CodeExpired)


async def test_a_newer_code_ends_the_older(database: Database, ids: Ids, clock: MovedClock) -> None:
    older = await request_code(database, ids)
    await clock.advance(database, MINUTE)
    newer = await request_code(database, ids)
    assert isinstance(await redeem_code(database, older), CodeExpired)
    assert await redeem_code(database, newer) == ANA


@pytest.mark.promise("identity: mail-bombing")
async def test_an_address_gets_five_codes_an_hour(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    for _ in range(5):
        await request_code(database, ids)
        await clock.advance(database, 2 * MINUTE)
    with pytest.raises(RateLimited) as refused:
        await request_code(database, ids)
    assert 49 * 60 <= refused.value.members["retryAfterSeconds"] <= 50 * 60
    await request_code(database, ids, email="bob@example.com")
    await clock.advance(database, 50 * MINUTE)
    await request_code(database, ids)


@pytest.mark.promise("identity: mail-bombing")
async def test_an_address_gets_ten_codes_an_hour_however_many_networks_ask(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    for number in range(10):
        await request_code(database, ids, client_ip=f"192.0.2.{number}")
    with pytest.raises(RateLimited):
        await request_code(database, ids, client_ip="192.0.2.10")
    await clock.advance(database, HOUR)
    await request_code(database, ids, client_ip="192.0.2.10")


async def test_old_codes_are_forgotten_after_a_day(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    attempt = await request_code(database, ids)
    await clock.advance(database, 23 * HOUR)
    await email_codes.purge_old_codes(database)
    async with database.read() as snapshot:
        held = await snapshot.read(email_codes.SELECT_SEND_TIMES, [(ANA, "192.0.2.1")])
    assert held[0][1] is not None
    await clock.advance(database, 2 * HOUR)
    await email_codes.purge_old_codes(database)
    async with database.read() as snapshot:
        assert (await snapshot.read(email_codes.SELECT_SEND_TIMES, [(ANA, "192.0.2.1")]))[0][
            1
        ] is None
    assert isinstance(await redeem_code(database, attempt), CodeExpired)


async def test_where_no_mail_leaves_no_code_is_asked_for(database: Database, ids: Ids) -> None:
    silent, pre = Mailer(database, ids, None, {"1": b"pepper"}), PreSessions(ids, PEPPERS, SITE)
    call = Call(request_id="rid_1", method="POST", path="/")
    async with database.write() as session:
        with pytest.raises(EmailUnavailable):
            await start_email(
                call, StartEmail(email=ANA), session, ids, PEPPERS, mailer=silent, pre=pre
            )


async def test_identities_change_only_soon_after_a_sign_in(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    token, found = await open_session_token(database, ids), Sessions(database, live_enabled=False)
    call, mailer = (
        Call(request_id="rid_1", method="POST", path="/"),
        Mailer(database, ids, None, {"1": b"pepper"}),
    )
    await clock.advance(database, 10 * MINUTE + SECOND)
    caller = await found.find_caller(token, None)
    assert caller is not None
    async with database.write() as session:
        with pytest.raises(FreshSignInRequired):
            await unlink_identity(call, caller, UnlinkIdentity(identityId="idn_1"), session, mailer)


@pytest.mark.parametrize("limits", [{}, {"monthlyLimitUsd": "5"}])
async def test_a_live_key_without_a_small_cap_is_made_only_soon_after_a_sign_in(
    database: Database, ids: Ids, clock: MovedClock, limits: dict[str, str]
) -> None:
    token, found = await open_session_token(database, ids), Sessions(database, live_enabled=True)
    call, body = (
        Call(request_id="rid_1", method="POST", path="/"),
        CreateKey.model_validate({"label": "x", "spendPolicy": limits}),
    )
    for since, refused in ((9 * MINUTE, False), (2 * MINUTE, not limits)):
        await clock.advance(database, since)
        caller = await found.find_caller(token, "live")
        assert caller is not None
        called = replace(call, caller=caller)
        async with database.write() as session:
            with pytest.raises(FreshSignInRequired) if refused else nullcontext():
                await create_key(called, caller, body, session, ids, PEPPERS, found, FIVE_DOLLARS)


async def open_session_token(database: Database, ids: Ids) -> str:
    async with database.write() as session:
        account_id = await keys.create_account(session, ids, "ana")
        _, token = await sessions.open_session(session, ids, account_id=account_id, origin="google")
    return token


async def test_sessions_that_are_asked_for_at_once_each_get_their_own_caller(
    database: Database, ids: Ids
) -> None:
    async with database.write() as session:
        owners = [await keys.create_account(session, ids, name) for name in ("ana", "bo")]
        opened = [
            await sessions.open_session(session, ids, account_id=owner, origin="google")
            for owner in owners
        ]
    found = Sessions(database, live_enabled=True)
    asked = [(token, mode) for _, token in opened for mode in ("live", "test")]
    callers = await asyncio.gather(
        *(found.find_caller(token, mode) for token, mode in [*asked, ("unknown", "live")])
    )
    assert callers.pop() is None
    assert [(each and each.account_id, each and each.book) for each in callers] == [
        (owner, book) for owner in owners for book in ("live", "test")
    ]
    assert len({each and each.ledger_account for each in callers}) == 4


async def test_a_session_ends_after_a_week_of_rest(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    token, found = await open_session_token(database, ids), Sessions(database, live_enabled=False)
    await clock.advance(database, 6 * DAY)
    assert await found.find_caller(token, None) is not None
    await clock.advance(database, 6 * DAY)
    assert await found.find_caller(token, None) is not None
    await clock.advance(database, 7 * DAY + SECOND)
    assert await found.find_caller(token, None) is None


async def test_a_session_ends_after_a_month_however_busy(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    token, found = await open_session_token(database, ids), Sessions(database, live_enabled=True)
    for _ in range(5):
        await clock.advance(database, 6 * DAY - SECOND)
        caller = await found.find_caller(token, None)
        assert caller is not None
        assert caller.book == "live"
    await clock.advance(database, 10 * SECOND)
    assert await found.find_caller(token, None) is None
