"""What a program sees of the client and its answers: options, raw answers, pages, log, names."""

import copy
import os
import pickle
import socket
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

import killatamata
from killatamata import AsyncClient, Client, ServerError, TimedOut, fields, types
from killatamata.types import CreatedKey, Job
from tests.client.scripted import RETRY_AT_ONCE, Answer, serve_answers
from tests.client.test_calls import BUSY, JOB, KEY

FIRST_PAGE = {"data": [JOB, JOB | {"id": "job_2"}], "nextCursor": "job_2"}
LAST_PAGE = {"data": [JOB | {"id": "job_3"}], "nextCursor": None}
PAGES = (Answer(200, FIRST_PAGE), Answer(200, LAST_PAGE))
DONE = JOB | {"status": "succeeded", "version": 3}
STEPS_OF_JOB = (
    Answer(202, JOB),
    Answer(200, JOB | {"version": 2}),
    Answer(200, DONE),
)
LOGGED_PROGRAM = """
from killatamata import Client, StatusError

with Client() as client:
    client.submit("image.generate", prompt="the secret word", metadata={"my": "secret"}, width=512)
    client.with_options(max_retries=0).request("GET", "/api/v1/x?token=secret")
"""


def test_options_of_one_call_change_no_other() -> None:
    with serve_answers(BUSY) as script, Client(KEY, base_url=script.base) as killa:
        changed = killa.with_options(max_retries=0, default_headers={"X-Trace": "7"})
        with pytest.raises(ServerError):
            changed.balance()
        assert [each.headers.get("x-trace") for each in script.requests] == ["7"]
        assert KEY in script.requests[0].headers["authorization"]
        with pytest.raises(ServerError):
            killa.balance()
        assert len(script.requests) == 4
        changed.close()
        with pytest.raises(ServerError):  # its connections are still open
            killa.balance()


def test_a_header_of_the_caller_in_any_case_is_sent_once_and_never_replaces_the_key() -> None:
    theirs = {"authorization": "Bearer other", "USER-AGENT": "mine"}
    with (
        serve_answers(Answer()) as script,
        Client(KEY, base_url=script.base, default_headers=theirs) as killa,
    ):
        killa.request("GET", "/api/v1/health")
        killa.with_options(default_headers=theirs).request("GET", "/api/v1/health")
        killa.request("GET", "/api/v1/health", headers=theirs)
    for each in script.requests:
        assert each.headers["authorization"] == f"Bearer {KEY}"
        assert each.headers["user-agent"] == "mine"
    assert [each.header_names.count("authorization") for each in script.requests] == [1, 1, 1]


def test_options_keep_what_a_subclass_has_added() -> None:
    class Mine(Client):
        def __init__(self, base_url: str) -> None:
            super().__init__(KEY, base_url=base_url)
            self.project = "proj_1"

    with Mine("http://127.0.0.1:1") as killa:
        changed = killa.with_options(timeout=5)
    assert (changed.project, killa.project) == ("proj_1", "proj_1")
    assert "timeout=5" in repr(changed)
    assert "timeout=60" in repr(killa)


def test_a_call_can_have_a_timeout_of_its_own() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(KEY, base_url=base, max_retries=0) as killa:
            with pytest.raises(TimedOut):
                killa.with_options(timeout=0.05).balance()
            with pytest.raises(TimedOut):
                killa.request("GET", "/api/v1/health", timeout=httpx2.Timeout(9, read=0.05))


def test_an_answer_keeps_the_response_it_was_read_from_but_not_the_key() -> None:
    made = Answer(202, JOB, {"X-Request-Id": "rid_1"})
    with serve_answers(BUSY, made) as script, Client(KEY, base_url=script.base) as killa:
        first = killa.submit("image.generate", prompt="a fox")
        second = killa.submit("image.generate", prompt="a fox")
    raw = first.raw_response
    assert raw is not None
    assert (raw.status_code, raw.request_id, raw.retries) == (202, "rid_1", 1)
    assert raw.headers["content-length"] == str(len(raw.content))
    assert raw.json() == JOB == first.model_dump(mode="json", exclude_unset=True)
    assert first == second
    restored = pickle.loads(pickle.dumps(first))  # noqa: S301 - our own
    for copied in (copy.deepcopy(first), restored):
        assert (copied, copied.raw_response) == (first, raw)
    assert KEY.encode() not in pickle.dumps(first)
    assert first.billing.raw_response is None


def test_a_refusal_has_its_headers() -> None:
    with (
        serve_answers(Answer(429, {}, RETRY_AT_ONCE)) as script,
        Client(KEY, base_url=script.base, max_retries=0) as killa,
        pytest.raises(killatamata.RateLimited) as caught,
    ):
        killa.balance()
    assert caught.value.headers["retry-after"] == "0.01"


def test_a_list_is_a_page_and_all_that_follow() -> None:
    with serve_answers(*PAGES) as script, Client(KEY, base_url=script.base) as killa:
        page = killa.jobs.list()
        assert [each.id for each in page.data] == ["job_1", "job_2"]
        assert repr(page) == "<Page of 2 Job, more follow>"
        assert [len(each.data) for each in page.pages()] == [2, 1]


def test_a_list_needs_no_await_to_be_iterated() -> None:
    async def list_ids(base: str) -> list[list[str]]:
        async with AsyncClient(KEY, base_url=base) as killa:
            everything = [each.id async for each in killa.jobs.list()]
            page = await killa.jobs.list()
            return [everything, [each.id for each in page.data]]

    with serve_answers(*PAGES, *PAGES) as script:
        assert anyio.run(list_ids, script.base) == [["job_1", "job_2", "job_3"], ["job_1", "job_2"]]


def test_a_list_that_nobody_awaited_is_no_empty_list() -> None:
    async def list_ids(base: str) -> None:
        async with AsyncClient(KEY, base_url=base) as killa:
            page = killa.jobs.list()
            for read in ("data", "has_next", "next_cursor"):
                with pytest.raises(RuntimeError, match="await"):
                    getattr(page, read)
            with pytest.raises(RuntimeError, match="await"):
                await page.next_page()
            assert [each.id for each in (await page).data] == ["job_1", "job_2"]

    with serve_answers(*PAGES) as script:
        anyio.run(list_ids, script.base)


def test_callbacks_get_each_version_and_each_status_and_may_be_asynchronous() -> None:
    versions: list[int] = []
    statuses: list[str] = []

    async def note_status(job: Job) -> None:
        statuses.append(job.status)

    async def run(base: str) -> Job:
        async with AsyncClient(KEY, base_url=base) as killa:
            return await killa.jobs.create_and_wait(
                "image.generate",
                prompt="a fox",
                on_progress=lambda job: versions.append(job.version),
                on_status=note_status,
            )

    with serve_answers(*STEPS_OF_JOB) as script:
        assert anyio.run(run, script.base).status == "succeeded"
    assert (versions, statuses) == ([1, 2, 3], ["queued", "succeeded"])


def test_a_representation_is_short_and_has_no_secret() -> None:
    with Client(KEY, base_url="http://127.0.0.1:1") as killa:
        assert repr(killa) == "Client(base_url='http://127.0.0.1:1', timeout=60, max_retries=2)"
        assert repr(killa.jobs) == "<Jobs of http://127.0.0.1:1>"
    job = Job.model_validate(JOB)
    assert repr(job) == "Job(id='job_1', task='image.generate', status='queued', outputs=<0>)"
    values: dict[str, Any] = {"id": "key_1", "api_key": KEY, "label": "agent"}
    key = CreatedKey.model_construct(**values)
    assert "key_1" in repr(key)
    assert KEY not in repr(key) + str(key)


def test_a_time_is_a_datetime_and_is_written_as_it_came() -> None:
    job = Job.model_validate(JOB | {"finishedAt": "2026-11-25T09:10:00.123456Z"})
    assert job.created_at == datetime(2026, 11, 25, 9, 10, tzinfo=UTC)
    written = job.model_dump(mode="json")
    assert (written["createdAt"], written["finishedAt"]) == (
        "2026-11-25T09:10:00Z",
        "2026-11-25T09:10:00.123456Z",
    )


def test_the_namespace_is_public_names_only() -> None:
    assert {*dir(killatamata)} == {*killatamata.__all__}
    assert not {"Any", "Path"} & vars(killatamata).keys()
    assert {"Job", "JobState"} <= {*types.__all__}
    assert {"ImageGenerateJob", "Media"} <= {*fields.__all__}
    assert not {"Any", "Field", "Literal", "Path"} & {*types.__all__, *fields.__all__}
    assert killatamata.__version__ == version("killatamata")


@pytest.mark.parametrize("level", ["info", "debug", ""])
def test_the_log_tells_calls_and_no_text(level: str, tmp_path: Path) -> None:
    answers = (BUSY, Answer(202, JOB), Answer(200, {}))
    environment = {**os.environ, "KT_LOG": level, "KT_API_KEY": KEY}
    with serve_answers(*answers) as script:
        ran = subprocess.run(
            [sys.executable, "-c", LOGGED_PROGRAM],
            cwd=Path(__file__).parents[2],
            env=environment | {"KT_API_BASE": script.base, "XDG_CONFIG_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
    assert KEY not in ran.stderr
    assert "secret" not in ran.stderr
    assert ("/api/v1/media/jobs -> 503 unavailable" in ran.stderr) is bool(level)
    assert ("POST /api/v1/media/jobs -> 202" in ran.stderr) is bool(level)
    assert ("input.width=512" in ran.stderr) is (level == "debug")
