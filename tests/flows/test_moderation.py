"""The operator's content rules, decided by a service of theirs on loopback."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from gateway.app import run_application
from gateway.configuration.settings import Settings
from gateway.media.tasks.inputs.fields import DATA_URI_PATTERN, URL_PATTERN
from tests.gateway import drawn, inline, item, picture, problem
from tests.in_process import account
from tests.media.made_media import write_film

pytestmark = pytest.mark.anyio
JOBS, QUOTE = "/api/v1/media/jobs", "/api/v1/media/quote"
TOKEN = "t" * 32
JOB_PATTERN = r"^job_[A-Za-z0-9]{1,60}$"
NO_TEXT = {DATA_URI_PATTERN, URL_PATTERN, JOB_PATTERN}


@dataclass
class Rules:
    """The answer of the moderation service, and the requests that it got."""

    url: str = ""
    status: int = 200
    answer: bytes = b'{"allow": true}'
    asked: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)


class Service(BaseHTTPRequestHandler):
    rules: Rules

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.rules.asked.append(json.loads(self.rfile.read(length)))
        self.rules.tokens.append(self.headers["Authorization"])
        self.send_response(self.rules.status)
        self.send_header("Content-Length", str(len(self.rules.answer)))
        self.end_headers()
        self.wfile.write(self.rules.answer)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def rules() -> Iterator[Rules]:
    rules = Rules()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Service,), {"rules": rules}))
    Thread(target=server.serve_forever, args=(0.02,)).start()
    rules.url = f"http://127.0.0.1:{server.server_port}/judge"
    yield rules
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(data_dir: Path, rules: Rules) -> Settings:
    data_dir.mkdir()
    given = Settings(data_dir=data_dir, moderation_url=rules.url, moderation_token=SecretStr(TOKEN))
    return given.with_secrets()


@pytest.fixture
async def http(anyio_backend: str, settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    async with run_application(settings) as application, account(application) as http:
        yield http


async def submit(
    http: httpx2.AsyncClient, task: str, given: dict[str, Any], *, dry: bool = False
) -> httpx2.Response:
    params = {"dryRun": "1"} if dry else {}
    headers = {"Idempotency-Key": "one", "Prefer": "wait=60"}
    body = {"task": task, "input": given}
    return await http.post(JOBS, json=body, params=params, headers=headers)


@pytest.mark.promise("jobs: content-rules")
async def test_what_the_rules_refuse_is_not_made_held_or_stored(
    http: httpx2.AsyncClient, rules: Rules
) -> None:
    rules.answer = b'{"allow": false, "reason": "RULE 7"}'
    for dry in (False, True):
        refused = await submit(http, "image.generate", picture("a bad fox"), dry=dry)
        assert "RULE 7" not in refused.text
        problem(refused, 422, "content_rejected")
    quote = await http.post(QUOTE, json={"items": [item("image.generate", picture("a bad fox"))]})
    assert problem(quote, 422, "content_rejected")["field"] == "items.0"
    assert (await http.get(JOBS)).json()["data"] == []
    assert (await http.get("/api/v1/balance")).json()["heldMicrousd"] == 0
    rules.answer = b'{"allow": true}'
    assert (await submit(http, "image.generate", picture("a bad fox"))).status_code == 200


async def test_the_rules_see_the_texts_and_which_media_and_a_replay_asks_nobody(
    http: httpx2.AsyncClient, rules: Rules
) -> None:
    given = {"prompt": "night", "image": inline("image/png", drawn(256, 256))}
    first = await submit(http, "image.edit", given)
    again = await submit(http, "image.edit", given)
    assert (first.status_code, again.json()["jobId"]) == (200, first.json()["jobId"])
    ((asked, token),) = zip(rules.asked, rules.tokens, strict=True)
    assert token == f"Bearer {TOKEN}"
    assert (asked["task"], asked["livemode"]) == ("image.edit", False)
    assert asked["text"] == {"prompt": "night"}
    assert asked["accountId"].startswith("acct_")
    (medium,) = asked["media"]
    assert (medium["mimeType"], len(medium["sha256"])) == ("image/png", 64)


def text_fields(schema: Mapping[str, Any], part: Mapping[str, Any], above: str) -> Iterator[str]:
    """Yield the path of each field of a schema in which people write words of their own."""
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].removeprefix("#/$defs/")]
    for form in part.get("anyOf", part.get("oneOf", [])):
        yield from text_fields(schema, form, above)
    if "items" in part:
        yield from text_fields(schema, part["items"], f"{above}.0")
    inline = {"mimeType", "data"} == part.get("properties", {}).keys()
    for name, inner in {} if inline else part.get("properties", {}).items():
        yield from text_fields(schema, inner, f"{above}.{name}".removeprefix("."))
    is_text = part.get("type") == "string" and not {"enum", "const"} & part.keys()
    if is_text and part.get("pattern") not in NO_TEXT:
        yield above


@pytest.mark.promise("jobs: content-rules")
async def test_the_rules_see_every_text_of_every_task(
    http: httpx2.AsyncClient, rules: Rules, tmp_path: Path
) -> None:
    clip = inline("video/mp4", write_film(tmp_path / "a.mp4", size=(256, 256)).read_bytes())
    still = inline("image/png", drawn(256, 256))
    media: dict[str, dict[str, Any]] = {
        "image.edit": {"image": still},
        "image.upscale": {"image": still},
        "video.extend": {"video": clip},
        "video.upscale": {"video": clip},
        "video.combine": {"clips": [{"video": clip}, {"video": clip}]},
    }
    seen = []
    for task in (await http.get("/api/v1/media/tasks")).json()["data"]:
        schema = task["inputSchema"]
        texts = {path: f"words of {path}" for path in text_fields(schema, schema, "")}
        if task["enabled"]:
            given = {**media.get(task["task"], {}), **texts}
            answer = await submit(http, task["task"], given, dry=True)
            assert answer.status_code == 200, answer.text
            assert rules.asked[-1]["text"] == texts
            seen += [f"{task['task']} {path}" for path in texts]
    assert {"image.edit negativePrompt", "video.extend prompt"} < set(seen)


@pytest.mark.parametrize(
    ("status", "answer"),
    [(500, b"{}"), (302, b""), (200, b"yes"), (200, b"[]"), (200, b'{"allow": "no"}')],
)
async def test_nothing_is_taken_while_nobody_can_judge_it(
    http: httpx2.AsyncClient, rules: Rules, status: int, answer: bytes
) -> None:
    rules.status, rules.answer = status, answer
    told = problem(await submit(http, "image.generate", picture()), 503, "unavailable")
    assert told["retryable"]
    assert (await http.get(JOBS)).json()["data"] == []
