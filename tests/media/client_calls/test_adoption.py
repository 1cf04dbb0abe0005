"""Retries without an idempotency key: each adopts the call that it repeats, on both databases."""

import asyncio

import pytest

from gateway.kit.caller import Caller
from gateway.kit.clock import MINUTE, SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.media.client_calls.calls import ClientCall, ClientCalls
from tests.databases import MovedClock

ROUTE, HASH = "/v1/images/generations", b"h" * 32


@pytest.fixture
def calls(database: Database, ids: Ids) -> ClientCalls:
    return ClientCalls(database, ids)


def build_caller(account_id: str = "acc_1", key_id: str = "key_1", book: str = "test") -> Caller:
    return Caller(
        account_id=account_id, ledger_account=1, book=book, key_id=key_id, scopes=frozenset()
    )


async def ask(calls: ClientCalls, retries: int = 0, **about: str) -> ClientCall:
    """Open the call of a request; one that is new gets a job of its own."""
    call = await calls.open_call(
        build_caller(**about), route=ROUTE, body_hash=HASH, retries=retries
    )
    if call.job_id is None:
        await calls.set_job(call.id, f"job_{call.id}")
    return call


async def test_requests_without_a_mark_are_never_one(calls: ClientCalls) -> None:
    pair = await asyncio.gather(ask(calls), ask(calls))
    assert pair[0].id != pair[1].id


async def test_each_of_many_retries_at_once_adopts_a_call_of_its_own(calls: ClientCalls) -> None:
    intended = [await ask(calls) for _ in range(3)]
    retried = await asyncio.gather(*(ask(calls, 1) for _ in range(3)))
    assert sorted(call.id for call in retried) == sorted(call.id for call in intended)
    assert {call.job_id for call in retried} == {f"job_{call.id}" for call in intended}


async def test_one_call_that_was_answered_is_adopted_by_one_of_many_retries(
    calls: ClientCalls,
) -> None:
    answered = await ask(calls)
    await calls.deliver(answered.id)

    async def retry_and_end() -> ClientCall:
        call = await ask(calls, 1)
        await calls.deliver(call.id)
        return call

    retried = [await retry_and_end() for _ in range(3)]
    assert [call.id == answered.id for call in retried] == [True, False, False]
    later = await ask(calls, 2)
    assert later.is_adopted


async def test_a_client_that_hung_up_comes_before_one_that_still_waits(calls: ClientCalls) -> None:
    waiting, gone = await ask(calls), await ask(calls)
    await calls.mark_gone(gone.id)
    assert (await ask(calls, 1)).id == gone.id
    assert (await ask(calls, 1)).id == waiting.id


async def test_nobody_adopts_what_is_another_s_or_too_old(
    calls: ClientCalls, database: Database, clock: MovedClock
) -> None:
    first = await ask(calls)
    others = ({"account_id": "acc_2"}, {"key_id": "key_2"}, {"book": "live"})
    assert not any([(await ask(calls, 1, **about)).is_adopted for about in others])
    for route, body_hash in (("/v1/images/edits", HASH), (ROUTE, b"i" * 32)):
        other = await calls.open_call(build_caller(), route=route, body_hash=body_hash, retries=1)
        assert not other.is_adopted
    await calls.deliver(first.id)
    await clock.advance(database, 61 * SECOND)
    assert not (late := await ask(calls, 1)).is_adopted
    await clock.advance(database, 15 * MINUTE)
    assert (await ask(calls, 1)).id not in {first.id, late.id}
