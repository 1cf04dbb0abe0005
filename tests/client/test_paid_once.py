"""A call that pays is lost on its way: its error says how it is repeated without paying twice."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from killatamata import (
    AsyncClient,
    BadRequest,
    Client,
    Conflict,
    ConnectionFailed,
    JobFailed,
    KillaTamataError,
    RateLimited,
    ServerError,
    UnexpectedResponse,
    WaitTimedOut,
)
from killatamata._sync.inputs import INLINE_BYTES
from killatamata.types import Job
from tests.client.scripted import Answer, serve_answers
from tests.client.test_calls import BUSY, JOB, KEY

LOST = Answer(hang_up=True)
UNREADABLE = Answer(202, {"id": "job_1"})
DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text())


def get_example(path: str) -> dict[str, Any]:
    answer = DOCUMENT["paths"][f"/api/v1/studio/assets/{path}"]["post"]["responses"]["201"]
    example: dict[str, Any] = answer["content"]["application/json"]["examples"]["usual"]["value"]
    return example


LINK, ASSET = get_example("upload-link"), get_example("upload")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (LOST, ConnectionFailed),
        (BUSY, ServerError),
        (UNREADABLE, UnexpectedResponse),
        (Answer(409, {"code": "idempotency_in_progress"}), Conflict),
    ],
)
def test_the_error_of_a_lost_submit_has_the_key_that_makes_a_repeat_safe(
    answer: Answer, kind: type[KillaTamataError]
) -> None:
    with serve_answers(answer) as script, Client(KEY, base_url=script.base, max_retries=0) as killa:
        with pytest.raises(kind) as caught:
            killa.run("image.generate", prompt="a fox")
        error = caught.value
        (sent,) = script.list_idempotency_keys()
        assert error.idempotency_key == sent
        assert f"idempotency_key={sent!r}" in "".join(error.__notes__)
        assert pickle.loads(pickle.dumps(error)).idempotency_key == sent  # noqa: S301 - our own
        script.answers = [Answer(202, JOB)]
        killa.submit("image.generate", prompt="a fox", idempotency_key=error.idempotency_key)
    assert script.list_idempotency_keys() == [sent, sent]


def test_the_key_of_a_submit_is_that_of_its_uploads_too() -> None:
    """A large file is uploaded first; whichever call is lost, the key to repeat is the same one."""
    large, keys = bytes(INLINE_BYTES + 1), []
    key: str | None = None
    with serve_answers(LOST) as script, Client(KEY, base_url=script.base, max_retries=0) as killa:
        uploaded = [
            Answer(201, LINK | {"uploadUrl": f"{script.base}/upload?sig=1"}),
            Answer(201, ASSET),
        ]
        for answers in ([*uploaded, LOST], [LOST], [uploaded[0], LOST], [*uploaded, UNREADABLE]):
            script.answers = answers
            with pytest.raises(KillaTamataError) as caught:
                killa.run("image.upscale", image=large, scale=2, idempotency_key=key)
            key = caught.value.idempotency_key
            keys.append(key)
    submits = [each for each in script.requests if each.path == "/api/v1/media/jobs"]
    assert len(submits) == 2
    assert {each.headers["x-idempotency-key"] for each in submits} == {key}
    assert set(keys) == {key}
    assert key is not None


def test_a_lost_upload_of_a_submit_gets_no_note_of_another_call() -> None:
    with (
        serve_answers(LOST) as script,
        Client(KEY, base_url=script.base, max_retries=0) as killa,
        pytest.raises(ConnectionFailed) as caught,
    ):
        killa.submit("image.upscale", image=bytes(INLINE_BYTES + 1), scale=2)
    assert caught.value.idempotency_key not in script.list_idempotency_keys()
    assert not hasattr(caught.value, "__notes__")


@pytest.mark.parametrize(
    "call",
    [
        lambda killa: killa.jobs.cancel("job_1"),
        lambda killa: killa.jobs.dry_run("image.generate", prompt="a fox"),
        lambda killa: killa.quote_all([{"task": "image.generate", "input": {"prompt": "a fox"}}]),
        lambda killa: killa.plans.reject("plan_1"),
        lambda killa: killa.studio.projects.create("a fox"),
        lambda killa: killa.keys.revoke("key_1"),
    ],
)
def test_a_call_that_takes_no_key_names_none(call: Callable[[Client], object]) -> None:
    with (
        serve_answers(LOST) as script,
        Client(KEY, base_url=script.base, max_retries=0) as killa,
        pytest.raises(ConnectionFailed) as caught,
    ):
        call(killa)
    assert script.list_idempotency_keys() != [None]
    assert caught.value.idempotency_key is None
    assert not hasattr(caught.value, "__notes__")


def test_what_was_never_sent_is_not_said_to_be_done() -> None:
    with serve_answers(Answer(202, JOB)) as script:
        base = script.base
    with Client(KEY, base_url=base, max_retries=0) as killa:
        with pytest.raises(TypeError) as unwritable:
            killa.submit("image.generate", prompt=object())  # type: ignore[call-overload]
        with pytest.raises(ConnectionFailed) as refused:
            killa.submit("image.generate", prompt="a fox")
    assert refused.value.idempotency_key
    assert not any(hasattr(each.value, "__notes__") for each in (unwritable, refused))


def test_a_refusal_after_a_lost_try_may_be_of_a_call_that_was_done() -> None:
    with (
        serve_answers(LOST, Answer(429, {}, {"X-Should-Retry": "false"})) as script,
        Client(KEY, base_url=script.base, max_retries=1) as killa,
        pytest.raises(RateLimited) as caught,
    ):
        killa.submit("image.generate", prompt="a fox")
    assert str(caught.value.idempotency_key) in "".join(caught.value.__notes__)


def test_an_error_after_the_submit_has_its_key_too() -> None:
    ended = JOB | {"status": "failed", "finishedAt": "2026-11-25T09:11:00Z"}
    answers = [Answer(202, JOB), LOST]
    with serve_answers(*answers) as script, Client(KEY, base_url=script.base, max_retries=0) as run:
        with pytest.raises(ConnectionFailed) as lost:
            run.run("image.generate", prompt="a fox")
        script.answers = [Answer(202, ended)]
        with pytest.raises(JobFailed) as failed:
            run.run("image.generate", prompt="a fox", idempotency_key="mine")
    assert lost.value.idempotency_key == script.list_idempotency_keys()[0]
    assert failed.value.idempotency_key == "mine"


def test_a_certain_refusal_and_a_key_of_the_caller_need_no_note() -> None:
    with (
        serve_answers(Answer(400, {}), Answer(429, {}), LOST) as script,
        Client(KEY, base_url=script.base, max_retries=0) as killa,
    ):
        with pytest.raises(BadRequest) as refused:
            killa.submit("image.generate", prompt="a fox")
        with pytest.raises(RateLimited) as limited:
            killa.submit("image.generate", prompt="a fox")
        with pytest.raises(ConnectionFailed) as lost:
            killa.submit("image.generate", prompt="a fox", idempotency_key="mine")
        with pytest.raises(ConnectionFailed) as read:
            killa.balance()
    assert refused.value.idempotency_key == script.list_idempotency_keys()[0]
    assert lost.value.idempotency_key == "mine"
    assert read.value.idempotency_key is None
    assert not any(hasattr(each.value, "__notes__") for each in (refused, limited, lost, read))


def test_a_submitted_job_is_named_by_whatever_ends_the_wait() -> None:
    def give_up(_: Job) -> None:
        raise KeyboardInterrupt

    scripts = [Answer(202, JOB), LOST]
    with serve_answers(*scripts) as script, Client(KEY, base_url=script.base, max_retries=0) as run:
        with pytest.raises(ConnectionFailed) as lost:
            run.jobs.create_and_wait("image.generate", prompt="a fox")
        script.answers = [Answer(202, JOB)]
        with pytest.raises(KeyboardInterrupt) as stopped:
            run.run("image.generate", prompt="a fox", on_progress=give_up)
        with pytest.raises(WaitTimedOut) as late:
            run.generate("a fox", wait_seconds=0)
    assert lost.value.job_id == late.value.job_id == "job_1"
    for each in (lost.value, stopped.value, late.value):
        assert "jobs.wait('job_1')" in "".join(each.__notes__)


def test_a_canceled_task_names_its_job_too() -> None:
    async def run(base: str) -> BaseException | None:
        async with AsyncClient(KEY, base_url=base) as killa:
            caught: BaseException | None = None

            async def cancel(_: Job) -> None:
                scope.cancel()
                await anyio.lowlevel.checkpoint()

            with anyio.CancelScope() as scope:
                try:
                    await killa.run("image.generate", prompt="a fox", on_progress=cancel)
                except BaseException as error:
                    caught = error
                    raise
            return caught

    with serve_answers(Answer(202, JOB)) as script:
        error = anyio.run(run, script.base)
    assert error is not None
    assert "jobs.wait('job_1')" in "".join(error.__notes__)
