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
from tests.gateway import assert_problem, draw_picture, picture_input, quote_item, to_data_uri
from tests.in_process import open_account_client
from tests.media.made_media import write_film

pytestmark = pytest.mark.anyio
JOBS, QUOTE = "/api/v1/media/jobs", "/api/v1/media/quote"
TOKEN = "t" * 32
JOB_PATTERN = r"^job_[A-Za-z0-9]{1,60}$"
NO_TEXT = {DATA_URI_PATTERN, URL_PATTERN, JOB_PATTERN}


@dataclass
class ModerationRules:
    """The answer of the moderation service, and the requests that it got."""

    url: str = ""
    status: int = 200
    answer: bytes = b'{"allow": true}'
    requests: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)


class ModerationService(BaseHTTPRequestHandler):
    rules: ModerationRules

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.rules.requests.append(json.loads(self.rfile.read(length)))
        self.rules.tokens.append(self.headers["Authorization"])
        self.send_response(self.rules.status)
        self.send_header("Content-Length", str(len(self.rules.answer)))
        self.end_headers()
        self.wfile.write(self.rules.answer)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def rules() -> Iterator[ModerationRules]:
    rules = ModerationRules()
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Own", (ModerationService,), {"rules": rules})
    )
    Thread(target=server.serve_forever, args=(0.02,)).start()
    rules.url = f"http://127.0.0.1:{server.server_port}/judge"
    yield rules
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(data_dir: Path, rules: ModerationRules) -> Settings:
    data_dir.mkdir()
    given = Settings(data_dir=data_dir, moderation_url=rules.url, moderation_token=SecretStr(TOKEN))
    return given.with_secrets()


@pytest.fixture
async def http(anyio_backend: str, settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    async with run_application(settings) as application, open_account_client(application) as http:
        yield http


async def submit_job(
    http: httpx2.AsyncClient, task: str, given: dict[str, Any], *, dry: bool = False
) -> httpx2.Response:
    params = {"dryRun": "1"} if dry else {}
    headers = {"Idempotency-Key": "one", "Prefer": "wait=60"}
    body = {"task": task, "input": given}
    return await http.post(JOBS, json=body, params=params, headers=headers)


@pytest.mark.promise("jobs: content-rules")
async def test_what_the_rules_refuse_is_not_made_held_or_stored(
    http: httpx2.AsyncClient, rules: ModerationRules
) -> None:
    rules.answer = b'{"allow": false, "reason": "RULE 7"}'
    for dry in (False, True):
        refused = await submit_job(http, "image.generate", picture_input("a bad fox"), dry=dry)
        assert "RULE 7" not in refused.text
        assert_problem(refused, 422, "content_rejected")
    quote = await http.post(
        QUOTE, json={"items": [quote_item("image.generate", picture_input("a bad fox"))]}
    )
    assert assert_problem(quote, 422, "content_rejected")["field"] == "items.0"
    assert (await http.get(JOBS)).json()["data"] == []
    assert (await http.get("/api/v1/balance")).json()["heldMicrousd"] == 0
    rules.answer = b'{"allow": true}'
    assert (await submit_job(http, "image.generate", picture_input("a bad fox"))).status_code == 200


async def test_the_rules_see_the_texts_and_which_media_and_a_replay_asks_nobody(
    http: httpx2.AsyncClient, rules: ModerationRules
) -> None:
    given = {"prompt": "night", "image": to_data_uri("image/png", draw_picture(256, 256))}
    first = await submit_job(http, "image.edit", given)
    again = await submit_job(http, "image.edit", given)
    assert (first.status_code, again.json()["jobId"]) == (200, first.json()["jobId"])
    ((asked, token),) = zip(rules.requests, rules.tokens, strict=True)
    assert token == f"Bearer {TOKEN}"
    assert (asked["task"], asked["livemode"]) == ("image.edit", False)
    assert asked["text"] == {"prompt": "night"}
    assert asked["accountId"].startswith("acct_")
    (medium,) = asked["media"]
    assert (medium["mimeType"], len(medium["sha256"])) == ("image/png", 64)


def list_text_fields(
    schema: Mapping[str, Any], part: Mapping[str, Any], above: str
) -> Iterator[str]:
    """Yield the path of each field of a schema in which people write words of their own."""
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].removeprefix("#/$defs/")]
    for form in part.get("anyOf", part.get("oneOf", [])):
        yield from list_text_fields(schema, form, above)
    if "items" in part:
        yield from list_text_fields(schema, part["items"], f"{above}.0")
    inline = {"mimeType", "data"} == part.get("properties", {}).keys()
    for name, inner in {} if inline else part.get("properties", {}).items():
        yield from list_text_fields(schema, inner, f"{above}.{name}".removeprefix("."))
    is_text = part.get("type") == "string" and not {"enum", "const"} & part.keys()
    if is_text and part.get("pattern") not in NO_TEXT:
        yield above


@pytest.mark.promise("jobs: content-rules")
async def test_the_rules_see_every_text_of_every_task(
    http: httpx2.AsyncClient, rules: ModerationRules, tmp_path: Path
) -> None:
    clip = to_data_uri("video/mp4", write_film(tmp_path / "a.mp4", size=(256, 256)).read_bytes())
    still = to_data_uri("image/png", draw_picture(256, 256))
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
        texts = {path: f"words of {path}" for path in list_text_fields(schema, schema, "")}
        if task["enabled"]:
            given = {**media.get(task["task"], {}), **texts}
            answer = await submit_job(http, task["task"], given, dry=True)
            assert answer.status_code == 200, answer.text
            assert rules.requests[-1]["text"] == texts
            seen += [f"{task['task']} {path}" for path in texts]
    assert {"image.edit negativePrompt", "video.extend prompt"} < set(seen)


@pytest.mark.parametrize(
    ("status", "answer"),
    [(500, b"{}"), (302, b""), (200, b"yes"), (200, b"[]"), (200, b'{"allow": "no"}')],
)
async def test_nothing_is_taken_while_nobody_can_judge_it(
    http: httpx2.AsyncClient, rules: ModerationRules, status: int, answer: bytes
) -> None:
    rules.status, rules.answer = status, answer
    told = assert_problem(
        await submit_job(http, "image.generate", picture_input()), 503, "unavailable"
    )
    assert told["retryable"]
    assert (await http.get(JOBS)).json()["data"] == []
