"""The calls that name a task, `job_calls.py` and `client_calls.py`: one overload for each task.

A type checker takes the overload of the task's name, so a wrong name, field or value fails there,
and an editor completes what fits. The last overload is for a task that this version of the client
does not know: its input is one argument, `input`, so a misspelt name of a known task does not fit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import indent
from typing import Literal

from gateway.media.tasks.catalogue import TASKS
from gateway.sdk.requests import has_prompt, to_class_name

JOB_CALLS_HEAD = '''\
"""Calls of `client.jobs` that name a task, typed by its name.

Rendered by `python -m gateway.sdk`, not written by hand.
"""

from collections.abc import Mapping
from typing import Any, Literal, Unpack, overload

from killatamata import fields
from killatamata._async.inputs import OnUpload
from killatamata._async.job_requests import JobRequests
from killatamata._async.waits import OnJob
from killatamata.timeouts import Timeout
from killatamata.types import DryRun, Job
from killatamata.wire import JsonObject


class JobCalls(JobRequests):
    """Submits, dry runs and bodies of jobs."""
'''
CLIENT_CALLS_HEAD = '''\
"""Calls of the client that name a task, typed by its name.

Rendered by `python -m gateway.sdk`, not written by hand.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Unpack, cast, overload

from killatamata import fields
from killatamata._async.inputs import OnUpload
from killatamata._async.jobs import Jobs
from killatamata._async.saving import generate_file
from killatamata._async.waits import OnJob
from killatamata.timeouts import Timeout
from killatamata.types import Job, Quote


class ClientCalls:
    """Calls that name a task; `jobs` does them."""

    jobs: Jobs
'''
ONE_CALL_HEAD = '''\
"""From a prompt to a file in one call, without a client; rendered by `python -m gateway.sdk`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Unpack, overload

from killatamata import fields
from killatamata._sync.client import Client
from killatamata._sync.inputs import OnUpload
from killatamata._sync.saving import generate_file
from killatamata._sync.waits import OnJob
from killatamata.timeouts import Timeout


'''
BOUNDED = "timeout: Timeout | None = None"
KEYED = f"on_upload: OnUpload | None = None, idempotency_key: str | None = None, {BOUNDED}"
WAITING = f"""\
wait_seconds: float | None = None, on_progress: OnJob | None = None, \
on_status: OnJob | None = None, {KEYED}"""
FIRST_TASK = "image.generate"
LOOSE = "input: Mapping[str, Any],"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that names a task: its answer, its own arguments, what it does, and its text.

    `fields` is the end of the names of the types of its fields.
    """

    name: str
    answer: str
    does: str
    text: str
    arguments: str = ""
    fields: Literal["Job", "Quote"] = "Job"


SUBMIT_TEXT = """
Submit a job and return it at once; its exact price is held now.

`fields` are the input of the task and the options of a job, in snake_case. A media field
takes a `Path`, bytes, an open binary file or a picture of Pillow or NumPy, sent along, or
uploaded if it is large (`on_upload` gets how far); or an address, asset or output. One
idempotency key is one job, however often it is sent. A task that this version does not know
takes its input as one argument, `input={…}`, which only the gateway checks.

    job = client.submit("image.generate", prompt="a lighthouse", width=1024, height=1024)

Raises:
    StatusError: a refusal; nothing is held.
    ConnectionFailed: no answer; it may have been submitted. The same call with the
        `idempotency_key` of the error makes no second job.
"""
RUN_TEXT = """
Submit a job, wait for its end and return it; see `submit` for the fields.

`on_progress` gets the job whenever it has changed, `on_status` whenever its status has.
`timeout` bounds each request in seconds, `wait_seconds` the whole wait.

    job = client.run("image.generate", prompt="a lighthouse", on_status=print)

Raises:
    JobFailed: the job ended without success; nothing was charged.
    WaitTimedOut: the job has not ended within `wait_seconds`; it goes on.
    StatusError: a refusal; nothing is held.
    KillaTamataError: any other; the same call with its `idempotency_key` makes no second
        job, and its `job_id` is the job, if one was submitted.
"""
QUOTE_TEXT = """
Return the exact price of a job, for 15 minutes; run it with `quote_id`.

    quote = client.quote("image.generate", prompt="a lighthouse", high_detail=True)

Raises:
    StatusError: a refusal; nothing is held either way.
"""
GENERATE_TEXT = """
Run a task with a prompt and save its outputs; return the path of the first.

`to` is a file or a folder; `fields` are those of `run`. If the file cannot be saved in the
end, a note on the error names the job, which `jobs.download` saves elsewhere.

    client.generate("a lighthouse in the first snow", "lighthouse.png")

Raises:
    JobFailed: the job ended without success; nothing was charged.
    StatusError: a refusal, such as `PaymentRequired`.
    OSError: `to` cannot be written; checked before the job is submitted, where possible.
"""
DRY_RUN_TEXT = """
Return the effective input and price of a submit; nothing is stored.

Raises:
    StatusError: a refusal.
"""
BODY_TEXT = "Return the body of a submit as it goes over the wire; large files are uploaded."
PASSED_ON = (
    "(task, wait_seconds=wait_seconds, on_progress=on_progress, on_status=on_status, "
    "on_upload=on_upload, idempotency_key=idempotency_key, timeout=timeout, **fields)"
)
JOB_CALLS = (
    Call(
        name="create",
        answer="Job",
        does="self._submit(task, fields, idempotency_key, on_upload, timeout)",
        text=SUBMIT_TEXT,
        arguments=KEYED,
    ),
    Call(
        name="create_and_wait",
        answer="Job",
        does="self._run(task, fields, idempotency_key, timeout_seconds=wait_seconds, "
        "on_progress=on_progress, on_status=on_status, on_upload=on_upload, timeout=timeout)",
        text=RUN_TEXT,
        arguments=WAITING,
    ),
    Call(
        name="dry_run",
        answer="DryRun",
        does="self._dry_run(task, fields, timeout)",
        text=DRY_RUN_TEXT,
        arguments=BOUNDED,
    ),
    Call(
        name="body",
        answer="JsonObject",
        does="self._build_body(task, fields, timeout)",
        text=BODY_TEXT,
        arguments=BOUNDED,
    ),
)
CLIENT_CALLS = (
    Call(
        name="run",
        answer="Job",
        does=f"self.jobs.create_and_wait{PASSED_ON}",
        text=RUN_TEXT,
        arguments=WAITING,
    ),
    Call(
        name="submit",
        answer="Job",
        does="self.jobs.create(task, on_upload=on_upload, "
        "idempotency_key=idempotency_key, timeout=timeout, **fields)",
        text=SUBMIT_TEXT,
        arguments=KEYED,
    ),
    Call(
        name="quote",
        answer="Quote",
        does="self.jobs.quote_all([cast('Any', (task, fields))], timeout=timeout)",
        text=QUOTE_TEXT,
        arguments=BOUNDED,
        fields="Quote",
    ),
)


def render_job_calls() -> str:
    """Render the calls of `client.jobs`."""
    methods = [text for call in JOB_CALLS for text in _render_call(call)]
    return JOB_CALLS_HEAD + indent("\n".join(methods), " " * 4)


def render_client_calls() -> str:
    """Render the calls of the client itself."""
    methods = [text for call in CLIENT_CALLS for text in _render_call(call)]
    return CLIENT_CALLS_HEAD + indent("\n".join([*methods, *_render_generate()]), " " * 4)


def render_one_call() -> str:
    """Render `generate` as a function, which makes its own client."""
    methods = [
        text.replace("async def", "def").replace("self, ", "").replace("self.", "client.")
        for text in _render_generate()
    ]
    does, made = "    return await generate_file(", "    with Client() as client:\n"
    methods[-1] = methods[-1].replace(does, f"{made}        return generate_file(")
    return ONE_CALL_HEAD + "\n".join(methods).replace("client.generate(", "killatamata.generate(")


def _render_call(call: Call) -> Iterator[str]:
    """Render the overloads of a call, the loose one last, and what it does."""
    own = f"*, {call.arguments}, " if call.arguments else ""
    for task in TASKS:
        kind = f"fields.{to_class_name(task)}{call.fields}"
        taken = f"task: Literal[{task!r}], /, {own}**fields: Unpack[{kind}]"
        yield _render_overload(call.name, taken, call.answer)
    kind = {"Job": "JobOptions", "Quote": "ItemOptions"}[call.fields]
    options = f"*, {LOOSE} {own.removeprefix('*, ')}**fields: Unpack[fields.{kind}]"
    yield _render_overload(call.name, f"task: str, /, {options}", call.answer)
    taken = f"task: str, /, {own}**fields: Any"
    yield _render_method(call.name, taken, call.answer, call.text, call.does)


def _render_generate() -> Iterator[str]:
    """Render `generate`, which makes pictures where no task is named."""
    prompted = [task for task in TASKS.values() if has_prompt(task)]
    for task in prompted:
        default = f" = {FIRST_TASK!r}" if task.name == FIRST_TASK else ""
        kind = f"fields.{to_class_name(task.name)}File"
        taken = f"task: Literal[{task.name!r}]{default}, {WAITING}, **fields: Unpack[{kind}]"
        yield _render_overload("generate", f"{GENERATED}, {taken}", "Path")
    loose = f"task: str, {LOOSE} {WAITING}, **fields: Unpack[fields.JobOptions]"
    yield _render_overload("generate", f"{GENERATED}, {loose}", "Path")
    taken = f"{GENERATED}, task: str = {FIRST_TASK!r}, **fields: Any"
    does = "generate_file(self.jobs, prompt, to, task, fields)"
    yield _render_method("generate", taken, "Path", GENERATE_TEXT, does)


GENERATED = 'prompt: str, to: str | Path = "./", *'


def _render_overload(name: str, taken: str, answer: str) -> str:
    return f"@overload\nasync def {name}(self, {taken}) -> {answer}: ...\n"


def _render_method(name: str, taken: str, answer: str, text: str, does: str) -> str:
    body = f'"""{text.strip()}' + ('\n"""' if "\n" in text.strip() else '"""')
    lines = f"async def {name}(self, {taken}) -> {answer}:\n"
    return lines + indent(f"{body}\nreturn await {does}\n", " " * 4)
