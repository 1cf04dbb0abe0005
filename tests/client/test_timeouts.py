"""The timeout of one call: each call takes one, whatever the client's own is."""

import asyncio
import inspect
import io
import socket
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import Any

import httpx2
import pytest

from gateway import recorded
from killatamata import AsyncClient, Client, output_reads
from killatamata.errors import ConnectionFailed, TimedOut
from killatamata.types import Job, Plan, StartedLink
from tests.client.scripted import Answer, serve_answers

KEY = "kt_test_" + "X" * 38
SHORT_SECONDS, LONG_SECONDS = 0.02, 5
PICTURE = b"\x89PNG\r\n\x1a\n"
WITHOUT_A_CALL = {"close", "with_options", "unwrap", "body"}
SILENT_WHILE_ALL_IS_WELL = "client.jobs.events"  # waits for 30 seconds at least


def get_recorded(operation: str) -> Any:  # noqa: ANN401 - JSON
    return recorded.list_calls(operation)[0].answer.body


ARGUMENTS: dict[str, Any] = {
    "accept_terms": True,
    "file": PICTURE,
    "method": "GET",
    "path": "/api/v1/balance",
    "items": [{"task": "image.generate", "input": {"prompt": "a fox"}}],
    "output": ("job_1", 0),
    "outputs": [("job_1", 0)],
    "shared": "job://job_1/0",
    "task": "image.generate",
}


@pytest.fixture
def silent_base() -> Iterator[str]:
    """Yield the address of a gateway that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=500) as silent:
        yield f"http://127.0.0.1:{silent.getsockname()[1]}"


def list_calls(client: Client) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield each call of the client and of its resources, by its name."""
    resources = [("client", client)]
    for name, resource in resources:
        for part, value in inspect.getmembers(resource):
            if part.startswith("_") or part in WITHOUT_A_CALL or isinstance(value, type):
                continue
            if inspect.ismethod(value):
                yield f"{name}.{part}", value
            elif type(value).__module__.startswith("killatamata._sync"):
                resources.append((f"{name}.{part}", value))


def fill_arguments(call: Callable[..., Any], folder: Path) -> tuple[list[Any], dict[str, Any]]:
    """Return arguments that a call needs."""
    known = ARGUMENTS | {"to": folder / "a.png", "file": io.BytesIO()}
    if "upload" in call.__qualname__:
        known["file"] = PICTURE
    link = get_recorded("startDeviceLink") | {"interval": 0}
    known["link"] = StartedLink.model_validate(link)
    if call.__qualname__ == "Plans.execute":
        known["plan"] = Plan.model_validate(get_recorded("preparePlan"))
    needed = [
        each
        for each in inspect.signature(call).parameters.values()
        if each.default is each.empty and each.kind is not each.VAR_KEYWORD
    ]
    values = {each.name: known.get(each.name, "x") for each in needed}
    named = {each.name for each in needed if each.kind is each.KEYWORD_ONLY}
    given = [values[each.name] for each in needed if each.name not in named]
    return given, {name: values[name] for name in named}


@pytest.mark.promise("client: timeout-of-one-call")
def test_every_call_takes_a_timeout_of_its_own(silent_base: str, tmp_path: Path) -> None:
    with Client(KEY, base_url=silent_base, timeout=LONG_SECONDS, max_retries=0) as client:
        calls = [each for each in list_calls(client) if each[0] != SILENT_WHILE_ALL_IS_WELL]
        assert len(calls) > 90
        for name, call in calls:
            given, named = fill_arguments(call, tmp_path)
            began = monotonic()
            with pytest.raises(TimedOut, match=silent_base):
                answer = call(*given, timeout=SHORT_SECONDS, **named)
                if inspect.isgenerator(answer):
                    next(answer)
            assert monotonic() - began < LONG_SECONDS / 2, name


def test_a_timeout_can_differ_by_phase(silent_base: str) -> None:
    limits = httpx2.Timeout(LONG_SECONDS, read=SHORT_SECONDS)
    with (
        Client(KEY, base_url=silent_base, max_retries=0) as client,
        pytest.raises(TimedOut),
    ):
        client.balance(timeout=limits)


def test_calls_of_the_asynchronous_client_take_a_timeout_too(silent_base: str) -> None:
    async def call_all() -> list[object]:
        async with AsyncClient(
            KEY, base_url=silent_base, timeout=LONG_SECONDS, max_retries=0
        ) as killa:
            calls = (
                killa.run("image.generate", prompt="a fox", timeout=SHORT_SECONDS),
                killa.jobs.create_and_wait("image.generate", prompt="x", timeout=SHORT_SECONDS),
                killa.studio.assets.upload(PICTURE, timeout=SHORT_SECONDS),
                killa.jobs.list(timeout=SHORT_SECONDS).load(),
                killa.jobs.read("job_1", timeout=SHORT_SECONDS),
            )
            return [*await asyncio.gather(*calls, return_exceptions=True)]

    began = monotonic()
    assert [type(each) for each in asyncio.run(call_all())] == [TimedOut] * 5
    assert monotonic() - began < LONG_SECONDS / 2


def test_a_slow_file_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_reads, "MAX_RETRIES", 0)
    slow = Answer(200, b"12345", pause_seconds=LONG_SECONDS)
    with serve_answers(slow) as script, Client(KEY, base_url=script.base, max_retries=0) as client:
        body = next(
            each.answer.body
            for each in recorded.list_calls("getJob")
            if each.answer.body.get("outputs")
        )
        outputs = [each | {"url": f"{script.base}/file"} for each in body["outputs"][:1]]
        job = Job.model_validate(body | {"outputs": outputs})
        output = job.outputs[0]
        reads: tuple[Callable[..., Any], ...] = (
            partial(client.jobs.read, job),
            partial(client.jobs.download, job, tmp_path),
            output.read,
            partial(output.save, tmp_path),
            output.to_pil,
            output.to_numpy,
        )
        for read in reads:
            began = monotonic()
            with pytest.raises(ConnectionFailed):
                read(timeout=SHORT_SECONDS)
            assert monotonic() - began < LONG_SECONDS / 2
    assert not [*chain(tmp_path.iterdir())]


def test_the_polls_of_a_wait_are_half_as_long_as_their_timeout() -> None:
    running = get_recorded("submitJob") | {"version": 1}
    ended = running | {"status": "succeeded", "finishedAt": running["createdAt"], "version": 2}
    answers = (Answer(200, running), Answer(200, ended))
    with serve_answers(*answers) as script, Client(KEY, base_url=script.base) as client:
        client.jobs.wait("job_1", timeout=8)
        assert "waitSeconds=4" in script.requests[-1].path
