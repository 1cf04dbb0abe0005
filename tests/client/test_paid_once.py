"""A call that pays is lost on its way: its error says how it is repeated without paying twice."""

import pickle

import anyio
import anyio.lowlevel
import pytest

from killatamata import (
    AsyncClient,
    BadRequest,
    Client,
    ConnectionFailed,
    KillaTamataError,
    RateLimited,
    ServerError,
    UnexpectedResponse,
    WaitTimedOut,
)
from killatamata.types import Job
from tests.client.scripted import RETRY_AT_ONCE, Answer, serve_answers
from tests.client.test_calls import BUSY, JOB, KEY

LOST = Answer(hang_up=True)
UNREADABLE = Answer(202, {"id": "job_1"})


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (LOST, ConnectionFailed),
        (BUSY, ServerError),
        (UNREADABLE, UnexpectedResponse),
        (Answer(429, {}, RETRY_AT_ONCE), RateLimited),
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


def test_a_certain_refusal_and_a_key_of_the_caller_need_no_note() -> None:
    with (
        serve_answers(Answer(400, {}), LOST) as script,
        Client(KEY, base_url=script.base, max_retries=0) as killa,
    ):
        with pytest.raises(BadRequest) as refused:
            killa.submit("image.generate", prompt="a fox")
        with pytest.raises(ConnectionFailed) as lost:
            killa.submit("image.generate", prompt="a fox", idempotency_key="mine")
        with pytest.raises(ConnectionFailed) as read:
            killa.balance()
    assert refused.value.idempotency_key == script.list_idempotency_keys()[0]
    assert lost.value.idempotency_key == "mine"
    assert read.value.idempotency_key is None
    assert not any(hasattr(each.value, "__notes__") for each in (refused, lost, read))


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
