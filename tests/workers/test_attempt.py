import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.workers.scripted import ScriptedEngine
from tests.workers.studio import FILM_INPUT, PICTURE_INPUT, PipelineStudio
from workers.engines.base import (
    Absent,
    Canceled,
    Failed,
    OutcomeUnknown,
    Pending,
    PlanInputs,
    Poll,
    Progress,
    Rejected,
    RenderPlan,
    Running,
    Succeeded,
    Unreachable,
)
from workers.engines.plan_grid import require_legal_plan
from workers.pipelines import attempt as driving
from workers.pipelines.errors import (
    AudioConditioningFailed,
    EngineFailed,
    NodeIncompatible,
    OutOfMemory,
    OutputInvalid,
    PipelineFailed,
    Stalled,
    WorkerLost,
)

pytestmark = pytest.mark.anyio

TASK = "image.generate"


def draw_png(side: int = 256, *, secret: str = "") -> bytes:
    tags = PngInfo()
    tags.add_text("prompt", secret)
    file = io.BytesIO()
    Image.new("RGB", (side, side), (9, 90, 9)).save(file, "PNG", pnginfo=tags)
    return file.getvalue()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driving, "FIRST_WAIT_SECONDS", 0.001)
    monkeypatch.setattr(driving, "UNKNOWN_SECONDS", 0.05)


async def test_pending_and_running_are_waited_out(tmp_path: Path) -> None:
    engine = ScriptedEngine([Pending(2), Pending(1), Running(), Succeeded(())], output=draw_png())
    output = await PipelineStudio(engine, tmp_path).run_for_one(TASK, PICTURE_INPUT)
    assert (output.width, output.height) == (256, 256)


async def test_each_turn_of_an_attempt_is_told_and_a_silence_in_between(tmp_path: Path) -> None:
    script: list[Poll | Unreachable] = [
        Pending(1), Pending(1), Running(), Running(), Pending(1), Unreachable("gone"), Pending(1),
        Unreachable("gone"), Running(), Unreachable("gone"), Succeeded(()),
    ]  # fmt: skip
    told: list[str] = []

    async def note(state: str) -> None:
        told.append(state)

    studio = PipelineStudio(ScriptedEngine(script, output=draw_png()), tmp_path)
    work = replace(studio.prepare_work(TASK, PICTURE_INPUT), record_state=note)
    await driving.render_plan(work, RenderPlan(task=TASK, effective_input=PICTURE_INPUT))
    assert told == [
        "submitted", "waiting", "running", "waiting", "silent", "waiting", "silent", "running",
    ]  # fmt: skip


async def test_what_lies_outside_the_mask_is_restored_whatever_the_engine_did(
    tmp_path: Path,
) -> None:
    studio = PipelineStudio(ScriptedEngine([Succeeded(())], output=draw_png()), tmp_path)
    mask = Image.new("L", (256, 256))
    mask.paste(255, (0, 0, 128, 256))
    mask.save(tmp_path / "mask.png")
    files = {
        "images": [studio.write_picture("base", (200, 30, 30))],
        "mask": [tmp_path / "mask.png"],
    }
    output = await studio.run_for_one("image.edit", PICTURE_INPUT, files)
    with Image.open(output.path) as picture:
        assert picture.getpixel((20, 128)) == (9, 90, 9)
        assert picture.getpixel((140, 128)) == (200, 30, 30)


@pytest.mark.promise("engines: no-secrets-in-outputs")
async def test_prompt_and_graph_in_a_nodes_file_are_stripped(tmp_path: Path) -> None:
    engine = ScriptedEngine([Succeeded(())], output=draw_png(secret="a very secret graph"))
    output = await PipelineStudio(engine, tmp_path).run_for_one(TASK, PICTURE_INPUT)
    assert b"secret" in engine.output
    assert b"secret" not in output.path.read_bytes()


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (Failed("out_of_memory", ""), OutOfMemory),
        (Failed("input_missing", ""), EngineFailed),
        (Failed("incompatible", ""), NodeIncompatible),
        (Failed("interrupted", ""), EngineFailed),
        (Failed("exception", ""), EngineFailed),
        (Failed("audio", ""), AudioConditioningFailed),
        (Canceled(), EngineFailed),
        (Absent(), WorkerLost),
    ],
)
async def test_each_bad_end_has_its_error(
    tmp_path: Path, state: Poll, error: type[PipelineFailed]
) -> None:
    with pytest.raises(error) as ended:
        await PipelineStudio(ScriptedEngine([Running(), state]), tmp_path).run_pipeline(
            TASK, PICTURE_INPUT
        )
    assert type(ended.value) is error


async def test_a_users_message_never_holds_engine_text(tmp_path: Path) -> None:
    engine = ScriptedEngine([Failed("exception", "/opt/comfy/secret.py line 7")])
    with pytest.raises(EngineFailed) as ended:
        await PipelineStudio(engine, tmp_path).run_pipeline(TASK, PICTURE_INPUT)
    assert "secret" not in str(ended.value)
    assert "secret" in ended.value.detail


@pytest.mark.parametrize("output", [b"", b"\x89PNG\r\n\x1a\n", draw_png(255)])
async def test_an_output_unlike_the_order_is_refused(tmp_path: Path, output: bytes) -> None:
    engine = ScriptedEngine([Succeeded(())], output=output)
    with pytest.raises(OutputInvalid):
        await PipelineStudio(engine, tmp_path).run_pipeline(TASK, PICTURE_INPUT)


async def test_fewer_pictures_than_ordered_are_refused(tmp_path: Path) -> None:
    engine = ScriptedEngine([Succeeded(())], output=draw_png())
    with pytest.raises(OutputInvalid):
        await PipelineStudio(engine, tmp_path).run_pipeline(TASK, PICTURE_INPUT | {"count": 2})


async def test_an_incompatible_node_uses_no_attempt(tmp_path: Path) -> None:
    engine = ScriptedEngine([Absent()], answer=Rejected("incompatible", "no such class"))
    with pytest.raises(NodeIncompatible) as ended:
        await PipelineStudio(engine, tmp_path).run_pipeline(TASK, PICTURE_INPUT)
    assert ended.value.retryable_elsewhere
    assert not ended.value.uses_attempt


async def test_an_unknown_outcome_that_is_found_goes_on(tmp_path: Path) -> None:
    script: list[Poll | Unreachable] = [Absent(), Running(), Succeeded(())]
    engine = ScriptedEngine(script, answer=OutcomeUnknown(), output=draw_png())
    assert await PipelineStudio(engine, tmp_path).run_pipeline(TASK, PICTURE_INPUT)
    assert sum(call.startswith("submit") for call in engine.calls) == 1


async def test_an_unknown_outcome_that_stays_unknown_is_canceled_and_lost(tmp_path: Path) -> None:
    engine = ScriptedEngine([Absent()], answer=OutcomeUnknown())
    with pytest.raises(WorkerLost):
        await PipelineStudio(engine, tmp_path).run_pipeline(TASK, PICTURE_INPUT)
    assert any(call.startswith("cancel") for call in engine.calls)


async def test_an_adopted_attempt_is_never_sent_again(tmp_path: Path) -> None:
    engine = ScriptedEngine([Running(), Succeeded(())], output=draw_png())
    studio = PipelineStudio(engine, tmp_path)
    assert await driving.render_plan(
        studio.prepare_work(TASK, PICTURE_INPUT, adopted=True),
        RenderPlan(task=TASK, effective_input=PICTURE_INPUT),
    )
    engine.script = [Absent()]
    with pytest.raises(WorkerLost):
        await driving.render_plan(
            studio.prepare_work(TASK, PICTURE_INPUT, adopted=True),
            RenderPlan(task=TASK, effective_input=PICTURE_INPUT),
        )
    assert not any(call.startswith("submit") for call in engine.calls)


async def test_silence_after_a_sign_of_life_is_a_stall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(driving.STALL_SECONDS, "image", 0.05)
    engine = ScriptedEngine([Running()], progress=[Progress("sampling", 1, 8)])
    with pytest.raises(Stalled) as ended:
        await PipelineStudio(engine, tmp_path).run_pipeline(TASK, PICTURE_INPUT)
    assert ended.value.code == "run_timeout"
    assert any(call.startswith("cancel") for call in engine.calls)


@pytest.mark.parametrize(
    ("task", "values", "inputs"),
    [
        ("video.generate", FILM_INPUT | {"durationFrames": 12}, PlanInputs()),
        ("video.generate", FILM_INPUT | {"width": 1000}, PlanInputs()),
        ("video.generate", FILM_INPUT | {"fps": 26}, PlanInputs()),
        ("image.generate", PICTURE_INPUT | {"height": 1000}, PlanInputs()),
    ],
)
async def test_a_plan_off_the_grid_is_raised_not_rounded(
    studio: PipelineStudio, task: str, values: dict[str, object], inputs: PlanInputs
) -> None:
    plan = RenderPlan(task=task, effective_input=values, inputs=inputs)
    with pytest.raises(ValueError, match=r"no multiple|not 8n\+1|not offered"):
        require_legal_plan(plan)
    with pytest.raises(ValueError, match=r"no multiple|not 8n\+1|not offered"):
        await studio.engine.submit(studio.prepare_work(task, values).attempt, plan)
