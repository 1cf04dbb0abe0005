"""Each refusal reaches the official clients: its message and code, and whether it is tried again.

A server on loopback answers with the refusals as our door renders them, one for each prompt, and
counts how often it was asked. `KT_TEST_SLOW=1 ./test tests/slow -k openai_client_errors`.
"""

import json
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from gateway import catalogue
from gateway.doors.openai.errors import render_refusal
from gateway.doors.openai.waiting import build_job_problem
from gateway.kit.errors import MisdirectedRequest, Problem, RateLimited, list_declared_problems
from gateway.media.jobs.job_errors import JOB_ERROR_TEXTS, render_job_error
from gateway.media.jobs.job_schemas import Job
from gateway.media.states import JobState
from tests.slow.openai_tools import run_node, run_python

pytestmark = pytest.mark.slow
STATUS_CLASSES = {
    400: "BadRequestError", 401: "AuthenticationError", 403: "PermissionDeniedError",
    404: "NotFoundError", 409: "ConflictError", 429: "RateLimitError",
    500: "InternalServerError", 503: "InternalServerError", 504: "InternalServerError",
}  # fmt: skip
OTHER_CLASS = {"python": "APIStatusError", "javascript": "APIError"}
# What a plain retry can cure; all else must be asked once.
RETRIED = {
    *("idempotency_in_progress", "source_not_ready", "rate_limited", "concurrency_limited"),
    *("no_capacity", "queue_full", "unavailable", "storage_full", "internal_error"),
}
STATUSES = {
    "invalid_json": 400, "idempotency_key_invalid": 400, "unauthorized": 401, "scope_denied": 403,
    "account_frozen": 403, "insufficient_credits": 402, "price_exceeds_max": 402,
    "key_limit_exceeded": 402, "not_found": 404, "idempotency_conflict": 409,
    "idempotency_in_progress": 409, "quote_mismatch": 409, "quote_used": 409,
    "quote_expired": 400, "job_finished": 409, "source_not_ready": 409, "payload_too_large": 413,
    "unsupported_content_type": 400, "unsupported_media": 400, "unknown_task": 400,
    "task_not_enabled": 400, "invalid_input": 400, "conflicting_input": 400,
    "adjustment_required": 400, "job_too_large": 400, "missing_anchor": 400,
    "audio_too_short": 400, "source_unreachable": 400, "media_not_found": 400,
    "media_too_large": 400, "media_unreadable": 400, "webhook_url_refused": 400,
    "content_rejected": 400, "rate_limited": 429, "concurrency_limited": 429, "no_capacity": 503,
    "queue_full": 503, "unavailable": 503, "storage_full": 503, "internal_error": 500,
}  # fmt: skip
ROOMS = {"kit", "ledger", "identity", "library", "media"}
PYTHON = """
import json, sys
from openai import APIError, OpenAI
client = OpenAI(base_url=f"{sys.argv[1]}/v1", api_key="kt_test", max_retries=1)
told = {}
for code in json.loads(sys.argv[2]):
    try:
        client.images.generate(prompt=code)
    except APIError as error:
        told[code] = [type(error).__name__, error.status_code, error.code, error.message]
print(json.dumps(told))
"""
JAVASCRIPT = """
import OpenAI from "openai";
const client = new OpenAI({
  baseURL: `${process.argv[2]}/v1`, apiKey: "kt_test", maxRetries: 1, timeout: 20000,
});
const told = {};
for (const code of JSON.parse(process.argv[3])) {
  try {
    await client.images.generate({ prompt: code });
  } catch (error) {
    told[code] = [error.constructor.name, error.status, error.code, error.message];
  }
}
console.log(JSON.stringify(told));
"""


def list_problems() -> dict[str, Problem]:
    """Return an instance of each refusal that a media job can meet, by its code."""
    assert catalogue.list_operations()  # imports every slice
    problems: dict[str, Problem] = {}
    for each in list_declared_problems():
        # fetch itself sends a misdirected request again, on a connection of its own.
        if each.__module__.split(".")[1] not in ROOMS or each is MisdirectedRequest:
            continue
        is_limit = issubclass(each, RateLimited)
        problems[each.code] = each(retry_after_seconds=1) if is_limit else each()
    return problems


def list_job_problems() -> dict[str, Problem]:
    """Return what the door raises for each way in which a job fails, by the code of the job."""
    problems = {}
    for code in JOB_ERROR_TEXTS:
        fields: dict[str, Any] = {"id": "job_1", "status": JobState.FAILED}
        job = Job.model_construct(**fields, error=render_job_error(code))
        problems[code] = build_job_problem(job)
    return problems


class RefusalServer(ThreadingHTTPServer):
    """A server that answers each request with the refusal that its prompt names."""

    def __init__(self, problems: dict[str, Problem]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.problems = problems
        self.asked: Counter[str] = Counter()


class _Handler(BaseHTTPRequestHandler):
    server: RefusalServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked[body["prompt"]] += 1
        status, headers, answer = render_refusal(self.server.problems[body["prompt"]], "req_1")
        self.send_response(status)
        for name, value in [*headers, ("Retry-After-Ms", "1")]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(params=["refusals", "failed jobs"])
def server(request: pytest.FixtureRequest) -> Iterator[RefusalServer]:
    problems = list_problems() if request.param == "refusals" else list_job_problems()
    with RefusalServer(problems) as one:
        thread = Thread(target=one.serve_forever)
        thread.start()
        try:
            yield one
        finally:
            one.shutdown()
            thread.join(10)


@pytest.mark.promise("openai: client-errors")
@pytest.mark.parametrize("language", ["python", "javascript"])
def test_each_code_reaches_the_official_clients(
    server: RefusalServer, language: str, tmp_path: Path
) -> None:
    base, codes = f"http://127.0.0.1:{server.server_port}", json.dumps(sorted(server.problems))
    if language == "python":
        told = run_python("openai", PYTHON, tmp_path, base, codes)
    else:
        told = run_node(JAVASCRIPT, tmp_path, base, codes)
    assert told.keys() == server.problems.keys()
    is_job = "rate_limited" not in server.problems
    for code, (name, status, shown, message) in told.items():
        problem = server.problems[code]
        if is_job:
            assert status == (400 if code == "content_rejected" else 500), code
            assert "Nothing was charged" in message
        elif code in STATUSES:
            assert status == STATUSES[code], code
            assert (server.asked[code] == 2) == (code in RETRIED), code
        assert shown == ("output_expired" if code == "output_deleted" else code)
        assert message.endswith(problem.detail) or problem.detail[:20] in message, code
        assert name == STATUS_CLASSES.get(status, OTHER_CLASS[language]), code
        assert server.asked[code] == 1 + problem.retryable, code
    assert is_job or STATUSES.keys() <= told.keys()
