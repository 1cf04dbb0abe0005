"""Real gateways and workers for tests: processes on loopback that are called over HTTP.

Every wait is bounded, every process is ended by its own id, every folder is a temporary one. An
embedded database is copied already migrated, and clients skip TLS: both save most of a start.
"""

import asyncio
import base64
import io
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx2
from PIL import Image
from sqlalchemy import update

from gateway import operator
from gateway.configuration.settings import Settings, parse_secret_pairs
from gateway.identity.accounts import identities
from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.sessions import open_session
from gateway.kit.clock import HOUR
from gateway.kit.ids import Ids
from gateway.kit.money import parse_usd
from gateway.migrations.metadata import METADATA
from tests.answer_models import assert_matches_model
from tests.databases import read_migrated_sqlite
from tests.environment import hold_environment
from tests.processes import (
    COVERAGE_ENVIRONMENT,
    DEFAULT_PROGRAM,
    Process,
    busy_seconds,
    run_command,
    start_command,
)

T = TypeVar("T")
START_SECONDS, STOP_SECONDS, JOB_SECONDS = 90, 60, 90
OPEN_JOB_STATUSES = {"queued", "running"}
EMPTY_TLS_CONTEXT = ssl.SSLContext(
    ssl.PROTOCOL_TLS_CLIENT
)  # loading trusted roots takes longer than a call


class Gateway:
    """One data folder and its settings, served by one process at a time."""

    program: ClassVar[Sequence[str]] = DEFAULT_PROGRAM

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.port = find_free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.settings = {"KT_DATA_DIR": str(data_dir), "KT_PORT": str(self.port), **settings}
        self.process: Process | None = None
        self._log_path = data_dir.with_name(f"{data_dir.name}-{self.port}.log")

    def start(self) -> "Gateway":
        """Start the process, and return when `/readyz` answers 200."""
        self.process = start_command(["serve"], self.settings, self._log_path, program=self.program)
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(
                    f"the gateway did not start: {self._log_path.read_text()[-2000:]}"
                )
            time.sleep(0.05)
        return self

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop the process with this signal and return its exit code; 0 if none runs."""
        process, self.process = self.process, None
        return 0 if process is None else stop_process(process, number)

    def stop_quickly(self) -> None:
        """Stop a gateway that the test no longer needs: by SIGKILL, unless coverage is measured.

        A process that is killed writes no coverage.
        """
        self.stop(signal.SIGTERM if COVERAGE_ENVIRONMENT else signal.SIGKILL)

    def kill(self) -> None:
        """Kill the process by SIGKILL, as a crash or the kernel would."""
        self.stop(signal.SIGKILL)

    def busy_seconds(self) -> float:
        """Return the CPU seconds that its process has used."""
        assert self.process is not None
        return busy_seconds(self.process)

    def client(self, key: str | None = None, **headers: str) -> httpx2.Client:
        """Return a client with this key; the caller closes it.

        Every answer is checked against the model of its operation.
        """
        if key is not None:
            headers = {"Authorization": f"Bearer {key}", **headers}
        return httpx2.Client(
            base_url=self.base,
            headers=headers,
            timeout=60,
            trust_env=False,
            verify=EMPTY_TLS_CONTEXT,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=100),
            event_hooks={"response": [assert_matches_model]},
        )

    @contextmanager
    def account(self, credit_usd: str = "5", mode: str = "test") -> Iterator["Client"]:
        """Create an account with this credit; yield a client with its key."""

        async def create() -> dict[str, str]:
            amount, peppers = (
                parse_usd(credit_usd),
                Peppers(parse_secret_pairs(self._parsed_settings.key_peppers)),
            )
            async with (
                operator.open_database(self._parsed_settings) as database,
                database.write() as session,
            ):
                return await operator.create_account_with_key(
                    session, Ids(), peppers, mode=mode, amount=amount, label="test"
                )

        new = self.run_as_operator(create)
        with self.client(new["apiKey"]) as http:
            yield Client(http, new["apiKey"], new["accountId"])

    def create_session_cookie(self, account_id: str) -> str:
        """Open a browser session of an account; return its cookie, `name=value`."""

        async def create() -> str:
            async with (
                operator.open_database(self._parsed_settings) as database,
                database.write() as session,
            ):
                _, token = await open_session(session, Ids(), account_id=account_id, origin="test")
                return token

        return f"kt_session={self.run_as_operator(create)}"

    def add_address(self, account_id: str, email: str) -> None:
        """Link an e-mail address to an account, so that it can sign in."""

        async def add() -> None:
            settings = operator.load_settings(self.data_dir)
            async with operator.open_database(settings) as database, database.write() as session:
                await identities.add_identity(
                    session, Ids(), account_id, ("email", "", email), email
                )

        self.run_as_operator(add)

    def age_rows(self, table: str, microseconds: int = HOUR, *, column: str = "created_at") -> None:
        """Move `created_at`, or another time, of every row back by so many microseconds."""

        async def age() -> None:
            async with operator.open_database(operator.load_settings(self.data_dir)) as database:
                rows = METADATA.tables[table]
                earlier = {column: rows.c[column] - microseconds}
                async with database.write() as session:
                    await session.execute(update(rows).values(**earlier))

        self.run_as_operator(age)

    @contextmanager
    def browser(self, account_id: str) -> Iterator[httpx2.Client]:
        """Yield a client with a browser session of an account, as a page of this site sends it."""
        cookie = self.create_session_cookie(account_id)
        with self.client(cookie=cookie, **{"Sec-Fetch-Site": "same-origin"}) as http:
            yield http

    def read_log(self) -> str:
        """Return the log of the gateway up to now."""
        return self._log_path.read_text()

    def list_findings(self) -> list[dict[str, Any]]:
        """Return every broken invariant of the ledger, as `admin check` does."""
        broken: list[dict[str, Any]] = self.run_as_operator(
            lambda: operator.check_invariants(self.data_dir, None)
        )
        return broken

    def run_command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `killatamata` with this gateway's settings."""
        return run_command(words, self.settings)

    def run_as_operator(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - the work's own
        """Run a coroutine of an operator with this gateway's settings, on a loop of its own."""
        with hold_environment(self.settings), ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: asyncio.run(work())).result(START_SECONDS)

    @cached_property
    def _parsed_settings(self) -> Settings:
        """Return the settings, parsed once: that takes longer than to create an account."""
        return operator.load_settings(self.data_dir)

    def _is_ready(self) -> bool:
        try:
            answer = httpx2.get(
                f"{self.base}/readyz", timeout=5, trust_env=False, verify=EMPTY_TLS_CONTEXT
            )
        except httpx2.HTTPError:
            return False
        return answer.status_code == httpx2.codes.OK


class Client:
    """A client of one account, with the calls that tests make most."""

    def __init__(self, http: httpx2.Client, key: str, account_id: str) -> None:
        self.http = http
        self.key = key
        self.account_id = account_id

    def submit(
        self, task: str, task_input: dict[str, Any], *, key: str | None = None, **fields: object
    ) -> httpx2.Response:
        """Submit a job; `key` is its idempotency key.

        Of `fields`, `wait` is how many seconds to wait for its end, and `dry` asks for a dry run;
        the others are fields of the body.
        """
        headers = {} if key is None else {"X-Idempotency-Key": key}
        if "wait" in fields:
            headers["Prefer"] = f"wait={fields.pop('wait')}"
        params = {"dryRun": "1"} if fields.pop("dry", False) else {}
        body = {"task": task, "input": task_input, **fields}
        return self.http.post("/api/v1/media/jobs", json=body, headers=headers, params=params)

    def quote(self, *items: dict[str, Any]) -> httpx2.Response:
        """Request a quote for these items and return the answer, whatever its status."""
        return self.http.post("/api/v1/media/quote", json={"items": items})

    def create_quote(self, *items: dict[str, Any]) -> dict[str, Any]:
        """Request a quote for these items and return it; fail if it is refused."""
        answer = self.quote(*items)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def get_job(self, job_id: str, **query: str | int) -> dict[str, Any]:
        """Return a job as the API shows it."""
        answer = self.http.get("/api/v1/media/jobs", params={"jobId": job_id, **query})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def wait_for_job(self, job_id: str) -> dict[str, Any]:
        """Wait until a job has ended and return it with its details."""
        deadline = time.monotonic() + JOB_SECONDS
        while (job := self.get_job(job_id, waitSeconds=5))["status"] in OPEN_JOB_STATUSES:
            assert time.monotonic() < deadline, f"{job_id} is {job['status']} for ever"
        return self.get_job(job_id, includeDetails=1)

    def run_job(self, task: str, task_input: dict[str, Any], **fields: object) -> dict[str, Any]:
        """Submit a job, wait until it has ended, and return it with its details."""
        answer = self.submit(task, task_input, **fields)  # type: ignore[arg-type]
        assert answer.status_code == 202, answer.text
        return self.wait_for_job(answer.json()["jobId"])

    def cancel_job(self, job_id: str) -> httpx2.Response:
        """Cancel a job and return the answer."""
        return self.http.post("/api/v1/media/jobs/cancel", json={"jobId": job_id})

    def get_balance(self) -> dict[str, Any]:
        """Return the balance of the account."""
        body: dict[str, Any] = self.http.get("/api/v1/balance").json()
        return body

    def wait_for_status(self, job_id: str, status: str) -> dict[str, Any]:
        """Wait until a job has this status and return it; fail if it ends in another."""
        deadline = time.monotonic() + JOB_SECONDS
        while (job := self.get_job(job_id))["status"] != status:
            assert job["status"] in OPEN_JOB_STATUSES, f"{job_id} has {job['status']}"
            assert time.monotonic() < deadline, f"{job_id} is {job['status']} for ever"
            time.sleep(0.02)
        return job


def picture_input(prompt: str = "a fox", **fields: object) -> dict[str, Any]:
    """Return an input of `image.generate` for 256 by 256 pixels, which costs $0.02."""
    return {"prompt": prompt, "width": 256, "height": 256, **fields}


def quote_item(task: str, task_input: dict[str, Any], **fields: object) -> dict[str, Any]:
    """Return an item of a quote."""
    return {"task": task, "input": task_input, **fields}


def draw_picture(width: int, height: int, shade: int = 90, form: str = "png") -> bytes:
    """Return a picture of one colour as the bytes of a file."""
    stream = io.BytesIO()
    Image.new("RGB", (width, height), (shade, 40, 160)).save(stream, form)
    return stream.getvalue()


def picture_data_uri(
    width: int = 256, height: int = 256, shade: int = 90, form: str = "png"
) -> str:
    """Return a picture of one colour as a data URI."""
    return to_data_uri(f"image/{form}", draw_picture(width, height, shade, form))


def to_data_uri(mime_type: str, data: bytes) -> str:
    """Return bytes as a data URI."""
    return f"data:{mime_type};base64,{base64.b64encode(data).decode()}"


def call_at_once(calls: Iterable[Callable[[], T]]) -> list[T]:
    """Make all calls at the same time, a thread each; return their answers in order."""
    waiting = list(calls)
    with ThreadPoolExecutor(len(waiting)) as pool:
        return [future.result(JOB_SECONDS) for future in [pool.submit(call) for call in waiting]]


def assert_problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """Check a refusal's status, code and the fields that each problem has; return its body."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["code"], body["status"]) == (code, status), body
    assert body["hint"]
    assert body["detail"]
    assert body["requestId"] == answer.headers["x-request-id"]
    return body


def stop_process(process: Process, number: signal.Signals = signal.SIGTERM) -> int:
    """Send a process a signal, wait for its end and return the exit code."""
    process.send_signal(number)
    return process.wait(STOP_SECONDS)


@contextmanager
def serve_gateway(data_dir: Path, **settings: str) -> Iterator[Gateway]:
    """Run a gateway for the block; a new embedded database begins with its tables in place."""
    gateway, file = Gateway(data_dir, **settings), data_dir / "kt.db"
    if "KT_DATABASE_URL" not in settings and not file.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        file.write_bytes(read_migrated_sqlite())
    try:
        yield gateway.start()
    finally:
        gateway.stop_quickly()


@contextmanager
def run_worker(gateway: Gateway, name: str = "worker", **settings: str) -> Iterator[Process]:
    """Run a worker process beside a gateway for the block; `settings` are its own."""
    log = worker_log_path(gateway, name)
    log.touch()
    process = start_command(["worker"], gateway.settings | settings, log)
    try:
        yield process
    finally:
        if process.poll() is None:
            stop_process(process, signal.SIGKILL)


def worker_log_path(gateway: Gateway, name: str = "worker") -> Path:
    """Return the log file of a worker beside a gateway."""
    return gateway.data_dir.with_name(f"{gateway.data_dir.name}-{name}.log")


def find_free_port() -> int:
    """Return a port of loopback that is free now; another process may still take it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
