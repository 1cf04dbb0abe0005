"""Each dialect's calls against the stand-in of its server: what was ordered is what is drawn."""

import base64
import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from tests.fakes.openai import STAND_INS, FakeUpstream
from tests.gateway import EMPTY_TLS_CONTEXT
from workers.engines.openai.client import ServerClient
from workers.engines.openai.dialects.dialect import Call, Dialect, Order
from workers.engines.openai.dialects.dynamo import Dynamo
from workers.engines.openai.dialects.killatamata import Killatamata
from workers.engines.openai.dialects.localai import LocalAi
from workers.engines.openai.dialects.openai import OpenAi
from workers.engines.openai.dialects.sdcpp import SdCpp
from workers.engines.openai.dialects.sglang import SgLang
from workers.engines.openai.dialects.vllm_omni import VllmOmni
from workers.engines.openai.discovery import discover_families
from workers.engines.openai.upstreams import build_unknown_upstream

DIALECTS: dict[str, Dialect] = {
    one.name: one for one in (VllmOmni(), SgLang(), Dynamo(), SdCpp(), LocalAi(), OpenAi())
}
TASKS = [(name, task) for name, dialect in DIALECTS.items() for task in dialect.bindings]
OFFICIAL = {"openai"}  # it knows no seed


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, FakeUpstream]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(FakeUpstream(build, seconds=0))
            for name, build in STAND_INS.items()
        }


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("inputs") / "source.png"
    Image.new("RGB", (256, 192), (200, 40, 40)).save(path)
    return path


def build_order(dialect: Dialect, task: str, model: str, picture: Path) -> Order:
    """Order all that the dialect takes."""
    takes = dialect.bindings[task]
    order = Order(
        task=task,
        model=model,
        key="attempt-1",
        prompt="a fox in the snow",
        width=256,
        height=192,
        seed=7 if "seed" in takes else None,
        negative_prompt="text" if "negativePrompt" in takes else None,
        steps=9,
        source=picture if task == "image.edit" else None,
        mask=picture if "mask" in takes else None,
        strength=0.5 if "strength" in takes else None,
        start_frame=picture if "startFrame" in takes else None,
    )
    return replace(order, frames=9, fps=24) if task == "video.generate" else order


def send(server: FakeUpstream, call: Call) -> httpx2.Response:
    """Send a call as the engine does."""
    files = [
        (one.field, (one.path.name, one.path.read_bytes(), one.mime_type)) for one in call.files
    ]
    body: dict[str, Any] = {}
    if call.json is not None:
        body["json"] = {name: one for name, one in call.json.items() if one is not None}
    elif call.form is not None:
        body["files"] = [
            *((name, (None, one)) for name, one in call.form.items() if one is not None),
            *files,
        ]
    return httpx2.request(call.method, server.url + call.path, verify=EMPTY_TLS_CONTEXT, **body)


def fetch_drawn(server: FakeUpstream, dialect: Dialect, order: Order) -> bytes:
    """Return the bytes of what the server makes of an order."""
    answer = send(server, dialect.build_call(order))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    if order.task in dialect.held_tasks:
        return base64.b64decode(body["data"][0]["b64_json"])
    handle = dialect.read_handle(body)
    assert handle
    for _ in range(2000):
        state = dialect.read_video(send(server, dialect.build_poll(handle)).json())
        assert state
        if state.status == "completed":
            return send(server, dialect.build_fetch(handle)).content
    raise AssertionError("the video never ends")


@pytest.mark.parametrize(("name", "task"), TASKS)
def test_a_server_draws_what_was_ordered(
    servers: dict[str, FakeUpstream], picture: Path, name: str, task: str
) -> None:
    server, dialect = servers[name], DIALECTS[name]
    order = build_order(dialect, task, server.upstream.model, picture)
    assert dialect.find_refusal(order) is None
    content = fetch_drawn(server, dialect, order)
    drawing = server.upstream.drawn[-1]
    assert (drawing.prompt.strip(), drawing.width, drawing.height) == (order.prompt, 256, 192)
    assert drawing.seed == 7 or name in OFFICIAL
    assert drawing.steps == (9 if name == "sdcpp" else None)
    if task == "video.generate":
        assert (drawing.frames, drawing.fps) == (9, 24)
        assert content[4:8] == b"ftyp"
    else:
        with Image.open(io.BytesIO(content)) as made:
            assert (made.format, made.size) == ("PNG", (256, 192))


@pytest.mark.parametrize("name", DIALECTS)
def test_a_server_is_known_by_its_models(servers: dict[str, FakeUpstream], name: str) -> None:
    answer = send(servers[name], Call(method="GET", path="/models")).json()
    known = [
        dialect.name
        for dialect in DIALECTS.values()
        if dialect.is_mine(dialect.list_models(answer))
    ]
    assert known == [name]


@pytest.mark.anyio
async def test_tasks_are_found_where_no_engines_file_says_them(
    servers: dict[str, FakeUpstream],
) -> None:
    found = {}
    for name, server in servers.items():
        unknown = build_unknown_upstream("srv", server.root, "")
        client = ServerClient(unknown)
        upstream = await discover_families(client, unknown)
        await client.close()
        assert upstream.dialect is not None
        assert upstream.dialect.name == name
        found[name] = set(upstream.families)
    assert found == {
        "vllm-omni": {"video.generate"},
        **{name: {"image.generate"} for name in ("sglang", "dynamo", "sdcpp", "localai")},
        "openai": {"image.generate", "image.edit"},
    }


@pytest.mark.parametrize(
    ("name", "prompt", "negative"),
    [
        ("sdcpp", 'a <sd_cpp_extra_args>{"width":2048}</sd_cpp_extra_args>', None),
        ("sdcpp", "a fox", '"}</sd_cpp_extra_args><sd_cpp_extra_args>{"seed":1}'),
        ("localai", "a fox | a mask", None),
        ("localai", "a fox", "a | b"),
    ],
)
def test_text_that_a_server_would_obey_is_refused(
    picture: Path, name: str, prompt: str, negative: str | None
) -> None:
    dialect = DIALECTS[name]
    order = build_order(dialect, "image.generate", "m", picture)
    assert dialect.find_refusal(replace(order, prompt=prompt, negative_prompt=negative))


def test_hostile_numbers_and_echoed_prompts_are_no_news() -> None:
    for number in ("1e999999", "-1", "NaN", 10**5000):
        assert Killatamata().read_cost({"killatamata": {"charged_usd": number}}) is None
    echo = {"detail": "prompt: 'a safety helmet in moderation' is too long"}
    assert not DIALECTS["sglang"].is_content_refusal(echo)


def test_what_a_server_would_clamp_is_refused(picture: Path) -> None:
    order = build_order(DIALECTS["dynamo"], "image.generate", "m", picture)
    assert DIALECTS["dynamo"].find_refusal(replace(order, steps=50)) is None
    assert DIALECTS["dynamo"].find_refusal(replace(order, steps=51))
    assert DIALECTS["sdcpp"].find_refusal(replace(order, steps=101))


@pytest.mark.parametrize("name", ["vllm-omni", "sglang", "dynamo"])
def test_the_load_is_read_from_the_metrics(servers: dict[str, FakeUpstream], name: str) -> None:
    server = servers[name]
    page = httpx2.get(f"{server.root}/metrics", verify=EMPTY_TLS_CONTEXT).text
    lines = [line for line in page.splitlines() if not line.startswith("#")]
    metrics = {line.partition("{")[0]: float(line.rpartition(" ")[2]) for line in lines}
    assert DIALECTS[name].read_load(metrics) == 0
    assert DIALECTS[name].read_load({}) is None
