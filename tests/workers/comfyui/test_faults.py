"""Whatever is lost on the way, a job ends once, is charged at most once, and says why."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.fakes.comfyui import FakeComfy, Faults
from tests.waiting import await_condition
from tests.workers.comfyui.farm import Farm
from workers.jobs import endings
from workers.pipelines import attempt as driving

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
PRICE = 20_000


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driving, "UNKNOWN_SECONDS", 0.3)
    monkeypatch.setattr(driving, "UNREACHABLE_SECONDS", 0.3)
    monkeypatch.setattr(driving, "LAST_WAIT_SECONDS", 0.2)
    monkeypatch.setitem(driving.MOST_BYTES, "image", 2**20)
    monkeypatch.setattr(endings, "STUCK_SECONDS", 0.5)


@pytest.fixture(autouse=True)
def _whole(ranch: tuple[Farm, FakeComfy]) -> Iterator[None]:
    """Leave the node to the next test without a fault."""
    yield
    vars(ranch[1].faults).update(vars(Faults()))


async def wait_until_running(client: Farm, job_id: str) -> None:
    async def at_work() -> bool:
        return [state for _, state, _ in await client.list_attempts(job_id)][-1:] == ["running"]

    await await_condition(at_work)


@pytest.mark.parametrize(
    ("fault", "times", "attempts"),
    [
        ("lose_reply", 1, ["succeeded"]),
        ("drop_prompt", 1, ["lost", "succeeded"]),
        ("forbid", 1, ["lost", "succeeded"]),
        ("garbage", 3, ["succeeded"]),
        ("empty_body", 3, ["succeeded"]),
        ("fail", 1, ["failed", "succeeded"]),
        ("out_of_memory", 1, ["failed", "succeeded"]),
        ("lose_file", 1, ["failed", "succeeded"]),
        ("refuse_view", 2, ["succeeded"]),
        ("short_body", 1, ["failed", "succeeded"]),
        ("flood", 1, ["failed", "succeeded"]),
        ("wrong_size", 1, ["failed", "succeeded"]),
        ("silent_socket", True, ["succeeded"]),
        ("no_socket", True, ["succeeded"]),
        ("delay", 0.1, ["succeeded"]),
    ],
)
@pytest.mark.promise("engines: a-job-ends-once")
async def test_a_fault_on_the_way_costs_an_attempt_at_most(
    ranch: tuple[Farm, FakeComfy], fault: str, times: float, attempts: list[str]
) -> None:
    client, fake = ranch
    before = await client.get_spent_microusd()
    setattr(fake.faults, fault, times)
    job_id = await client.submit_picture(fault)
    job = await client.wait_for_end(job_id)
    assert job["status"] == "succeeded", job
    assert [state for _, state, _ in await client.list_attempts(job_id)] == attempts
    assert await client.get_spent_microusd() - before == PRICE
    assert len(fake.accepted_ids) == len(set(fake.accepted_ids))


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("fail", "engine_failed"),
        ("out_of_memory", "out_of_memory"),
        ("wrong_size", "output_invalid"),
        ("lose_file", "output_missing"),
        ("flood", "output_invalid"),
    ],
)
async def test_what_fails_twice_fails_the_job_for_free_and_says_why(
    ranch: tuple[Farm, FakeComfy], fault: str, code: str
) -> None:
    client, fake = ranch
    before = await client.get_spent_microusd()
    setattr(fake.faults, fault, 2)
    job = await client.make_picture(fault)
    assert (job["status"], job["error"]["code"]) == ("failed", code)
    assert await client.get_spent_microusd() == before
    assert "/opt/" not in str(job)


async def test_what_stalls_is_stopped_and_tried_again(
    ranch: tuple[Farm, FakeComfy], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, fake = ranch
    before, fake.faults.stall = await client.get_spent_microusd(), 1
    monkeypatch.setitem(driving.STALL_SECONDS, "image", 3.0)
    job_id = await client.submit_picture("stalls")
    await wait_until_running(client, job_id)
    monkeypatch.undo()  # the first attempt has its limit; the second shall not miss it by a hair
    job = await client.wait_for_end(job_id)
    assert job["status"] == "succeeded", job
    first, second = await client.list_attempts(job_id)
    assert (first[1:], second[1]) == (("failed", "run_timeout"), "succeeded")
    assert await client.get_spent_microusd() - before == PRICE


async def test_a_guess_stands_in_for_a_socket_that_says_nothing(
    ranch: tuple[Farm, FakeComfy],
) -> None:
    client, fake = ranch
    await client.make_job("image.generate", prompt="the usual", width=256, height=256)
    fake.faults.no_socket = True
    fake.set_sample_seconds(3)
    try:
        job_id = await client.submit_picture("guessed")

        async def guessed() -> bool:
            progress = (await client.get_job(job_id))["progress"]
            return progress is not None and int(progress["percent"]) > 0

        await await_condition(guessed)
        progress = (await client.get_job(job_id))["progress"]
        assert progress is None or progress["stage"] is None
        assert (await client.wait_for_end(job_id))["status"] == "succeeded"
    finally:
        fake.set_sample_seconds(0.02)


async def test_the_same_seed_twice_is_two_files_and_two_charges(
    ranch: tuple[Farm, FakeComfy],
) -> None:
    client, fake = ranch
    before, prompts = await client.get_spent_microusd(), len(fake.accepted_ids)
    jobs = [await client.make_picture("twins") for _ in range(2)]
    assert [job["status"] for job in jobs] == ["succeeded"] * 2
    files = [(await client.http.get(job["outputs"][0]["url"])).content for job in jobs]
    assert files[0] == files[1]
    assert await client.get_spent_microusd() - before == 2 * PRICE
    assert len(fake.accepted_ids) - prompts == 2


async def test_the_same_key_twice_is_one_prompt(ranch: tuple[Farm, FakeComfy]) -> None:
    client, fake = ranch
    before, prompts = await client.get_spent_microusd(), len(fake.accepted_ids)
    first = await client.submit_picture("once", key="k")
    assert await client.submit_picture("once", key="k") == first
    await client.wait_for_end(first)
    assert await client.get_spent_microusd() - before == PRICE
    assert len(fake.accepted_ids) - prompts == 1


@pytest.mark.promise("engines: cancel-touches-no-other")
async def test_cancel_releases_at_once_and_the_slot_waits_for_the_node(
    ranch: tuple[Farm, FakeComfy],
) -> None:
    client, fake = ranch
    before = await client.get_spent_microusd()
    fake.set_sample_seconds(1.0)
    fake.faults.ignore_cancel = True
    try:
        job_id = await client.submit_picture("slow")
        await wait_until_running(client, job_id)
        await client.http.post("/api/v1/media/jobs/cancel", json={"jobId": job_id})
        job = await client.get_job(job_id)
        assert (job["status"], await client.get_spent_microusd()) == ("canceled", before)
        next_id = await client.submit_picture("next")
        assert (await client.wait_for_end(next_id))["status"] == "succeeded"
        [(_, state, _)] = await client.list_attempts(job_id)
        assert state == "canceled"
        assert await client.get_spent_microusd() - before == PRICE
    finally:
        fake.faults.ignore_cancel = False
        fake.set_sample_seconds(0.02)


async def test_a_restart_in_mid_job_costs_an_attempt(ranch: tuple[Farm, FakeComfy]) -> None:
    client, fake = ranch
    before, epoch = await client.get_spent_microusd(), (await client.get_node("gpu")).epoch
    fake.set_sample_seconds(5)
    job_id = await client.submit_picture("restarted")
    await wait_until_running(client, job_id)
    fake.set_sample_seconds(0.02)
    await asyncio.to_thread(fake.restart)
    job = await client.wait_for_end(job_id)
    assert job["status"] == "succeeded", job
    states = [state for _, state, _ in await client.list_attempts(job_id)]
    assert states == ["lost", "succeeded"]
    assert await client.get_spent_microusd() - before == PRICE

    async def noticed() -> bool:
        return (await client.get_node("gpu")).epoch > epoch

    await await_condition(noticed)
