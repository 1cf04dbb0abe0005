"""The engine against the stand-in: each trap of a node is met."""

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.fakes.comfyui import FakeComfy
from tests.fakes.comfyui.server import MODEL_FILES
from tests.waiting import await_condition
from tests.workers.comfyui.farm import MODEL, SDXL_ENGINES
from tests.workers.studio import PICTURE_INPUT
from workers.engines.base import (
    FINAL_STATES,
    Absent,
    Blob,
    Canceled,
    Failed,
    OutcomeUnknown,
    OutputCut,
    OutputRef,
    PlanInputs,
    Poll,
    Rejected,
    RenderPlan,
    Running,
    Submitted,
    Succeeded,
    Unreachable,
)
from workers.engines.comfyui import engine as comfyui
from workers.engines.comfyui.client import ComfyClient
from workers.engines.comfyui.engine import ComfyEngine
from workers.engines.comfyui.recent_facts import RecentFacts
from workers.video.facts import hash_file

pytestmark = pytest.mark.anyio
VALUES = PICTURE_INPUT | {"negativePrompt": "", "steps": 4}
PLAN = RenderPlan(task="image.generate", effective_input=VALUES)


async def wait_for_final(engine: ComfyEngine, attempt: UUID) -> Poll:
    state: Poll = Absent()

    async def over() -> bool:
        nonlocal state
        state = await engine.poll(attempt)
        return isinstance(state, FINAL_STATES)

    await await_condition(over)
    return state


async def wait_until_attempt_runs(engine: ComfyEngine, attempt: UUID) -> None:
    async def started() -> bool:
        return isinstance(await engine.poll(attempt), Running)

    await await_condition(started)


async def read_output(engine: ComfyEngine, ref: OutputRef) -> bytes:
    return b"".join([block async for block in engine.open_output(ref)])


async def test_a_plan_becomes_a_file_whose_every_byte_arrives(engine: ComfyEngine) -> None:
    attempt = uuid4()
    assert await engine.submit(attempt, PLAN) == Submitted()
    state = await wait_for_final(engine, attempt)
    assert isinstance(state, Succeeded)
    [ref] = state.outputs
    assert ref.name.startswith(f"kt/{attempt}/out")
    assert (await read_output(engine, ref)).startswith(b"\x89PNG")
    await engine.forget(attempt)
    assert await engine.poll(attempt) == Absent()


async def test_equal_plans_give_two_files(engine: ComfyEngine) -> None:
    names = set()
    for attempt in (uuid4(), uuid4()):
        await engine.submit(attempt, PLAN)
        state = await wait_for_final(engine, attempt)
        assert isinstance(state, Succeeded)
        names.add(state.outputs[0].name)
        assert await read_output(engine, state.outputs[0])
    assert len(names) == 2


async def test_the_socket_draws_progress_and_ends_with_the_attempt(
    engine: ComfyEngine, fake: FakeComfy
) -> None:
    fake.set_sample_seconds(0.3)
    attempt = uuid4()
    two = RenderPlan(task="image.generate", effective_input=VALUES | {"count": 2})
    await engine.submit(attempt, two)
    said = [progress async for progress in engine.watch(attempt)]
    shares = [one.step / one.steps for one in said if one.stage == "sampling"]
    assert shares == sorted(shares)
    assert shares[-1] == 1


async def test_a_socket_that_breaks_is_opened_again(
    engine: ComfyEngine, fake: FakeComfy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comfyui, "RECONNECT_SECONDS", 0.01)
    fake.set_sample_seconds(600)
    fake.faults.cut_socket = 1
    await engine.submit(attempt := uuid4(), PLAN)
    said = 0
    async with asyncio.timeout(60):
        async for _ in engine.watch(attempt):
            said += 1
            if said == 2:
                await engine.cancel(attempt)
    assert (said > 1, fake.faults.cut_socket) == (True, 0)


async def test_a_node_without_a_socket_is_watched_in_silence(
    engine: ComfyEngine, fake: FakeComfy
) -> None:
    fake.faults.no_socket = True
    attempt = uuid4()
    await engine.submit(attempt, PLAN)
    assert [progress async for progress in engine.watch(attempt)] == []
    assert isinstance(await wait_for_final(engine, attempt), Succeeded)


async def test_an_answer_that_was_lost_is_unknown_and_the_prompt_is_there(
    engine: ComfyEngine, fake: FakeComfy
) -> None:
    fake.faults.lose_reply = 1
    attempt = uuid4()
    with pytest.raises(OutcomeUnknown):
        await engine.submit(attempt, PLAN)
    assert isinstance(await wait_for_final(engine, attempt), Succeeded)
    assert fake.accepted_ids == [str(attempt)]


async def test_a_node_that_is_gone_is_unreachable_not_unknown(
    engine: ComfyEngine, fake: FakeComfy
) -> None:
    await engine.fetch_facts()
    fake.kill()
    with pytest.raises(Unreachable):
        await engine.submit(uuid4(), PLAN)
    with pytest.raises(Unreachable):
        await engine.poll(uuid4())
    await engine.cancel(uuid4())


@pytest.mark.parametrize("fault", ["garbage", "empty_body"])
async def test_an_answer_that_makes_no_sense_is_none(
    engine: ComfyEngine, fake: FakeComfy, fault: str
) -> None:
    setattr(fake.faults, fault, 1)
    with pytest.raises(Unreachable):
        await engine.poll(uuid4())
    assert await engine.poll(uuid4()) == Absent()


async def test_a_200_with_node_errors_is_a_refusal_and_the_rest_is_canceled(
    engine: ComfyEngine, fake: FakeComfy
) -> None:
    fake.faults.node_errors = 1
    fake.set_sample_seconds(5)
    attempt = uuid4()
    assert isinstance(await engine.submit(attempt, PLAN), Rejected)
    assert await wait_for_final(engine, attempt) in (Canceled(), Absent())


async def test_a_restart_forgets_every_id(engine: ComfyEngine, fake: FakeComfy) -> None:
    fake.set_sample_seconds(5)
    attempt = uuid4()
    await engine.submit(attempt, PLAN)
    await wait_until_attempt_runs(engine, attempt)
    await asyncio.to_thread(fake.restart)
    assert await engine.poll(attempt) == Absent()


@pytest.mark.parametrize("old", [False, True])
async def test_cancel_stops_this_prompt_and_no_other(
    engine: ComfyEngine, fake: FakeComfy, *, old: bool
) -> None:
    fake.faults.old = old
    fake.set_sample_seconds(0.3)
    first, waiting = uuid4(), uuid4()
    await engine.submit(first, PLAN)
    await engine.submit(waiting, PLAN)
    await wait_until_attempt_runs(engine, first)
    await engine.cancel(waiting)
    assert await engine.poll(waiting) == Absent()
    assert isinstance(await wait_for_final(engine, first), Succeeded)
    fake.set_sample_seconds(5)
    third = uuid4()
    await engine.submit(third, PLAN)
    await wait_until_attempt_runs(engine, third)
    await engine.cancel(third)
    assert await wait_for_final(engine, third) == (Absent() if old else Canceled())


@pytest.mark.parametrize("fault", ["odd_prompt", "old", None])
async def test_the_queue_is_read_however_the_node_can_tell_it(
    engine: ComfyEngine, fake: FakeComfy, fault: str | None
) -> None:
    fake.set_sample_seconds(60)
    ids = [uuid4(), uuid4()]
    for one in ids:
        await engine.submit(one, PLAN)
    if fault is not None:
        setattr(fake.faults, fault, True)
    assert await engine.list_queued_ids() == [str(one) for one in ids]


async def test_a_model_that_is_not_there_makes_the_node_incompatible(
    engine: ComfyEngine, fake: FakeComfy
) -> None:
    await engine.fetch_facts()
    fake.faults.lacks = {"sd_xl_base_1.0.safetensors"}
    answer = await engine.submit(uuid4(), PLAN)
    assert isinstance(answer, Rejected)
    assert answer.kind == "incompatible"
    assert "/opt/" not in answer.message


async def test_attempts_within_a_minute_read_the_facts_of_their_node_once(fake: FakeComfy) -> None:
    recent, client = RecentFacts(), ComfyClient(fake.url)
    for _ in range(3):
        answer = await ComfyEngine(client, SDXL_ENGINES, "sdxl", recent).submit(uuid4(), PLAN)
        assert answer == Submitted()
    assert fake.api.requests.count("GET /object_info") == 1
    await client.close()


async def test_a_file_that_came_since_the_facts_were_read_is_seen(fake: FakeComfy) -> None:
    fake.faults.lacks = {MODEL}
    engine = ComfyEngine(ComfyClient(fake.url), SDXL_ENGINES)
    await engine.fetch_facts()
    fake.faults.lacks = set()
    assert await engine.submit(uuid4(), PLAN) == Submitted()
    await engine.close()


async def test_without_the_files_of_its_family_a_plan_is_not_drawn_by_another(
    fake: FakeComfy,
) -> None:
    fake.faults.lacks = set(MODEL_FILES)
    for family in ("sdxl", "flux"):
        engine = ComfyEngine(ComfyClient(fake.url), None, family)
        answer = await engine.submit(uuid4(), PLAN)
        assert isinstance(answer, Rejected)
        assert answer.kind == "incompatible"
        await engine.close()
    assert fake.accepted_ids == []


async def test_an_input_is_uploaded_under_its_sha256_again_and_again(
    engine: ComfyEngine, fake: FakeComfy, tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"picture")
    sha256 = hash_file(path)
    for _ in range(2):
        ref = await engine.put_input(Blob(path, sha256, "image/png"))
        assert ref.name == f"kt/{sha256}.png"
    assert (fake.folder / "input" / ref.name).read_bytes() == b"picture"
    assert PlanInputs(source=ref).source == ref


async def test_a_failure_is_read_without_the_paths_of_the_machine(
    engine: ComfyEngine, fake: FakeComfy
) -> None:
    for fault, kind in (("out_of_memory", "out_of_memory"), ("fail", "exception")):
        setattr(fake.faults, fault, 1)
        attempt = uuid4()
        await engine.submit(attempt, PLAN)
        state = await wait_for_final(engine, attempt)
        assert isinstance(state, Failed)
        assert state.kind == kind
        assert "/opt/" not in state.message


async def test_a_file_that_is_gone_or_cut_short_is_told_apart(
    engine: ComfyEngine, fake: FakeComfy
) -> None:
    for fault, error in (("lose_file", FileNotFoundError), ("short_body", OutputCut)):
        setattr(fake.faults, fault, 1)
        attempt = uuid4()
        await engine.submit(attempt, PLAN)
        state = await wait_for_final(engine, attempt)
        assert isinstance(state, Succeeded)
        with pytest.raises(error):
            await read_output(engine, state.outputs[0])


async def test_facts_name_version_memory_and_depth(engine: ComfyEngine) -> None:
    facts = await engine.facts()
    assert (facts.engine, facts.version, facts.queue_depth) == ("comfyui", "0.27.0", 0)
    assert facts.vram_bytes == 24 * 2**30
    assert "KSampler" in facts.classes
    assert "sd_xl_base_1.0.safetensors" in facts.models
