"""Retries without an idempotency key: each adopts the call that it repeats, on both databases."""

import asyncio

import pytest
from sqlalchemy import text

from gateway.kit.caller import Caller
from gateway.kit.clock import MINUTE, SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.http.rate_limit import RateLimits
from gateway.kit.ids import Ids
from gateway.media.client_calls.calls import ClientCall, ClientCalls
from gateway.media.sweeps.client_call_sweeps import ClientCallSweeps
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


def is_adopted(call: ClientCall) -> bool:
    """Return True if a call had its job before it was asked for."""
    return call.job_id is not None


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
    await calls.deliver(answered)

    async def retry_and_end() -> ClientCall:
        call = await ask(calls, 1)
        await calls.deliver(call)
        return call

    retried = [await retry_and_end() for _ in range(3)]
    assert [call.id == answered.id for call in retried] == [True, False, False]
    later = await ask(calls, 2)
    assert is_adopted(later)


async def test_a_client_that_hung_up_comes_before_one_that_still_waits(calls: ClientCalls) -> None:
    waiting, gone = await ask(calls), await ask(calls)
    await calls.mark_gone(gone)
    assert (await ask(calls, 1)).id == gone.id
    assert (await ask(calls, 1)).id == waiting.id


async def test_nobody_adopts_what_is_another_s_or_too_old(
    calls: ClientCalls, database: Database, clock: MovedClock
) -> None:
    first = await ask(calls)
    others = ({"account_id": "acc_2"}, {"key_id": "key_2"}, {"book": "live"})
    assert not any([is_adopted(await ask(calls, 1, **about)) for about in others])
    for route, body_hash in (("/v1/images/edits", HASH), (ROUTE, b"i" * 32)):
        other = await calls.open_call(build_caller(), route=route, body_hash=body_hash, retries=1)
        assert not is_adopted(other)
    await calls.deliver(first)
    await clock.advance(database, 61 * SECOND)
    assert not is_adopted(late := await ask(calls, 1))
    await clock.advance(database, 15 * MINUTE)
    assert (await ask(calls, 1)).id not in {first.id, late.id}


async def test_the_third_try_of_a_client_that_waited_twice_is_still_its_first_call(
    calls: ClientCalls, database: Database, clock: MovedClock
) -> None:
    call = first = await ask(calls)
    for retries in (1, 2):
        await clock.advance(database, 585 * SECOND)
        await calls.hear(call)
        await calls.mark_gone(call)
        call = await ask(calls, retries)
        assert call.id == first.id


async def test_of_two_equal_pictures_each_keeps_its_call_through_retries(
    calls: ClientCalls,
) -> None:
    early, late = await ask(calls), await ask(calls)
    await calls.mark_gone(early)  # answered with 504, while the other still waits
    retried = await ask(calls, 1)
    assert retried.id == early.id
    await calls.mark_gone(late)
    await calls.mark_gone(retried)
    assert (await ask(calls, 2)).id == early.id
    assert (await ask(calls, 1)).id == late.id


async def test_a_call_refused_for_good_is_adopted_by_nobody(calls: ClientCalls) -> None:
    refused = await calls.open_call(build_caller(), route=ROUTE, body_hash=HASH, retries=0)
    await calls.drop_call(refused)
    wanted = await ask(calls)
    await calls.drop_call(wanted)  # it has a job
    assert (await ask(calls, 1)).id == wanted.id
    assert not is_adopted(await ask(calls, 1))


async def test_a_call_refused_for_the_moment_waits_two_minutes_for_its_retry(
    calls: ClientCalls, database: Database, clock: MovedClock
) -> None:
    sweeps = ClientCallSweeps(database, RateLimits([]))
    refused = await calls.open_call(build_caller(), route=ROUTE, body_hash=HASH, retries=0)
    await calls.mark_gone(refused)
    waiting = await ask(calls)
    gone = await ask(calls)
    await calls.mark_gone(gone)
    retried = [(await ask(calls, 1)).id for _ in range(3)]
    assert retried == [gone.id, refused.id, waiting.id]
    refused = await calls.open_call(build_caller(), route=ROUTE, body_hash=HASH, retries=0)
    await clock.advance(database, 119 * SECOND)
    await sweeps.delete_jobless_calls()
    assert (await calls.open_call(
        build_caller(), route=ROUTE, body_hash=HASH, retries=1
    )).id == refused.id  # fmt: skip
    await clock.advance(database, 121 * SECOND)
    await sweeps.delete_jobless_calls()
    assert (await ask(calls, 2)).id == retried[0]


async def test_a_request_whose_call_was_adopted_has_no_word_in_it(
    calls: ClientCalls, database: Database, clock: MovedClock
) -> None:
    first = await calls.open_call(build_caller(), route=ROUTE, body_hash=HASH, retries=0)
    second = await calls.open_call(build_caller(), route=ROUTE, body_hash=HASH, retries=1)
    assert second.id == first.id
    for write in (calls.mark_gone, calls.deliver, calls.drop_call):
        await write(first)
    async with database.read() as snapshot:
        found = await snapshot.execute(text("SELECT gone_at, delivered_at FROM openai_call"))
        assert found.all() == [(None, None)]
