"""Programs of others that speak OpenAI's API, against a gateway, by the code of our page.

`KT_TEST_SLOW=1 ./test tests/slow -k openai_clients` needs npm and registries; a client that cannot
be installed is skipped.
"""

import base64
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from gateway.media.webhooks.signing_secrets import SigningSecret
from tests.gateway import Client, Gateway, serve_gateway
from tests.slow.openai_tools import (
    fill_in,
    read_blocks,
    run_node,
    run_python,
)

pytestmark = pytest.mark.slow
CREDIT_USD, CREDIT_MICROUSD = "20", 20_000_000
PNG, MP4_BRAND = b"\x89PNG", b"ftyp"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("clients")
    file = folder / "models.toml"
    names = [*read_blocks("LangChain", "toml"), *read_blocks("Names of other models", "toml")]
    file.write_text("\n".join(names))
    with serve_gateway(folder / "data", KT_OPENAI_MODELS=str(file)) as one:
        yield one


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with gateway.account(CREDIT_USD) as account:
        yield account


def list_jobs(client: Client) -> list[dict[str, Any]]:
    """Return the jobs of the account, oldest first; check that exactly they were charged."""
    jobs: list[dict[str, Any]] = client.http.get("/api/v1/media/jobs").json()["data"]
    charged = sum(job["billing"]["chargedMicrousd"] for job in jobs)
    assert {job["status"] for job in jobs} == {"succeeded"}
    assert client.get_balance()["availableMicrousd"] == CREDIT_MICROUSD - charged
    return jobs[::-1]


def assert_picture(data: bytes, size: tuple[int, int]) -> None:
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert picture.size == size


def draw_mask(file: Path, side: int) -> None:
    """Draw a mask whose left half is transparent."""
    mask = Image.new("RGBA", (side, side), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, side // 2, side))
    mask.save(file)


@pytest.mark.promise("openai: clients")
def test_openai_for_python(gateway: Gateway, client: Client, tmp_path: Path) -> None:
    draw_mask(tmp_path / "mask.png", 1024)
    code = fill_in("\n".join(read_blocks("OpenAI for Python", "python")), gateway, client.key)
    told = run_python(
        "openai",
        f"""{code}
import json
told = {{
    "money": answer.model_extra["killatamata"],
    "edited": edited.data[0].b64_json,
    "event": event.type,
    "video": video.model_dump(),
    "sheet": len(client.videos.download_content(video.id, variant="spritesheet").read()),
    "listed": [each.id for each in client.videos.list(limit=1)],
    "longer": client.videos.poll(longer.id).model_dump(),
    "deleted": client.videos.delete(video.id).model_dump(),
    "models": [model.id for model in client.models.list()],
}}
print(json.dumps(told))
""",
        tmp_path,
    )
    jobs = list_jobs(client)
    tasks = ["image.generate", "image.edit", "image.generate", "video.generate", "video.extend"]
    assert [job["task"] for job in jobs] == tasks
    assert told["money"]["charged_usd"] == jobs[0]["billing"]["priceUsd"]
    assert told["money"]["seed"] == 7
    assert_picture((tmp_path / "fox.png").read_bytes(), (1024, 1024))
    assert_picture(base64.b64decode(told["edited"]), (1024, 1024))
    assert told["event"] == "image_generation.completed"
    assert_picture((tmp_path / "lighthouse.png").read_bytes(), (512, 512))
    assert (tmp_path / "fox.mp4").read_bytes()[4:8] == MP4_BRAND
    assert (told["video"]["status"], told["video"]["seconds"]) == ("completed", "1")
    assert told["sheet"] > 1_000
    assert told["listed"] == [told["longer"]["id"], told["video"]["id"]]
    assert float(told["longer"]["seconds"]) > float(told["video"]["seconds"])
    assert told["deleted"] == {
        "id": told["video"]["id"], "deleted": True, "object": "video.deleted"
    }  # fmt: skip
    assert {"killatamata-image", "killatamata-video"} <= set(told["models"])


def test_openai_for_python_async(gateway: Gateway, client: Client, tmp_path: Path) -> None:
    code = """
import asyncio, json, sys
from openai import AsyncOpenAI, APIStatusError

async def main():
    client = AsyncOpenAI(base_url=f"{sys.argv[1]}/v1", api_key=sys.argv[2])
    ask = {"model": "killatamata-image", "size": "256x256"}
    both = await asyncio.gather(*(
        client.images.generate(prompt=prompt, n=2, **ask) for prompt in ("a fox", "a heron")
    ))
    stream = await client.images.generate(prompt="an owl", stream=True, **ask)
    events = [event.type async for event in stream]
    raw = await client.images.with_raw_response.generate(prompt="a hare", **ask)
    video = await client.videos.create_and_poll(
        model="sora-2", prompt="a fox runs", seconds="1", size="512x320"
    )
    remixed = await client.videos.remix(video.id, prompt="a hare runs")
    remixed = await client.videos.poll(remixed.id)
    content = await client.videos.download_content(remixed.id)
    refused = {}
    for fields in ({"n": 9}, {"background": "transparent"}, {"extra_body": {"sed": 1}},
                   {"extra_body": {"max_price_usd": "0.01"}}):
        try:
            await client.images.generate(prompt="a fox", **ask | fields)
        except APIStatusError as error:
            refused[error.code] = [error.status_code, error.param, type(error).__name__]
    print(json.dumps({
        "pictures": [len(each.data) for each in both],
        "events": events,
        "headers": {name: raw.headers[name] for name in
                    ("x-killatamata-price-usd", "x-credits-remaining-usd")},
        "remixed": [remixed.remixed_from_video_id == video.id, remixed.prompt, remixed.size],
        "content": len(content.content),
        "refused": refused,
    }))

asyncio.run(main())
"""
    told = run_python("openai", code, tmp_path, gateway.base, client.key)
    assert told["pictures"] == [2, 2]
    assert told["events"] == ["image_generation.completed"]
    assert told["headers"]["x-killatamata-price-usd"] == "0.02"
    assert told["remixed"] == [True, "a hare runs", "512x320"]
    assert told["content"] > 1_000
    assert told["refused"] == {
        "invalid_input": [400, "background", "BadRequestError"],
        "unknown_parameter": [400, "sed", "BadRequestError"],
        "price_exceeds_max": [402, None, "APIStatusError"],
    }
    jobs = list_jobs(client)
    assert len(jobs) == 6
    # `sora-2` is a name of the operator, whose default it is to make no sound.
    assert (
        client.get_job(jobs[4]["jobId"], includeDetails=1)["effectiveInput"]["generateAudio"]
        is False
    )


def test_a_client_that_times_out_is_charged_once(
    gateway: Gateway, client: Client, tmp_path: Path
) -> None:
    code = """
import json, sys
import httpx2
from openai import OpenAI

sent = []
http = httpx2.Client(event_hooks={"request": [lambda request: sent.append(request.url.path)]})
client = OpenAI(base_url=f"{sys.argv[1]}/v1", api_key=sys.argv[2], timeout=1, max_retries=20,
                http_client=http)
answer = client.images.generate(prompt="a fox [sandbox:slow=3]", size="256x256")
print(json.dumps([len(sent), len(answer.data)]))
"""
    posts, pictures = run_python("openai", code, tmp_path, gateway.base, client.key)
    assert posts >= 3
    assert pictures == 1
    assert len(list_jobs(client)) == 1


def test_openai_for_python_unwraps_our_webhooks(tmp_path: Path) -> None:
    secret = SigningSecret(b"0123456789abcdef0123456789abcdef", ends_at=None)
    body, sent_at = b'{"type": "job.completed", "data": {"id": "job_1"}}', int(time.time())
    headers = {
        "webhook-id": "whd_1",
        "webhook-timestamp": str(sent_at),
        "webhook-signature": secret.sign("whd_1", sent_at, body),
    }
    code = """
import json, sys
from openai import OpenAI
body, headers, secret = sys.argv[1:4]
event = OpenAI(api_key="kt_test").webhooks.unwrap(body, json.loads(headers), secret=secret)
print(json.dumps([event.type, event.data.id]))
"""
    told = run_python("openai", code, tmp_path, body.decode(), json.dumps(headers), secret.text)
    assert told == ["job.completed", "job_1"]


@pytest.mark.promise("openai: clients")
def test_openai_for_javascript(gateway: Gateway, client: Client, tmp_path: Path) -> None:
    code = fill_in("\n".join(read_blocks("OpenAI for JavaScript", "js")), gateway, client.key)
    told = run_node(
        f"""{code}
const events = [];
const stream = await client.images.generate({{ prompt: "an owl", size: "256x256", stream: true }});
for await (const event of stream) events.push(event.type);
const ids = [];
for await (const each of client.videos.list({{ limit: 1 }})) ids.push(each.id);
let broke = null;
try {{
  await client.images.generate({{ prompt: "a fox", max_price_usd: "0.01" }});
}} catch (error) {{
  broke = [error.constructor.name, error.status, error.code];
}}
console.log(JSON.stringify({{ money: answer.killatamata, video, longer, events, ids, broke }}));
""",
        tmp_path,
    )
    client.wait_for_job(told["longer"]["id"].replace("video_", "job_"))
    jobs = list_jobs(client)
    tasks = ["image.generate", "image.edit", "video.generate", "video.extend", "image.generate"]
    assert [job["task"] for job in jobs] == tasks
    assert told["money"]["charged_usd"] == jobs[0]["billing"]["priceUsd"]
    assert (tmp_path / "fox.png").read_bytes()[:4] == PNG
    assert (tmp_path / "fox.mp4").read_bytes()[4:8] == MP4_BRAND
    assert told["video"]["status"] == "completed"
    assert told["events"] == ["image_generation.completed"]
    assert told["ids"] == [told["longer"]["id"], told["video"]["id"]]
    assert told["broke"] == ["APIError", 402, "price_exceeds_max"]


@pytest.mark.promise("openai: clients")
def test_vercel_ai_sdk(gateway: Gateway, client: Client, tmp_path: Path) -> None:
    code = fill_in("\n".join(read_blocks("Vercel AI SDK", "js")), gateway, client.key)
    told = run_node(
        f"""{code}
import {{ createOpenAI }} from "@ai-sdk/openai";
const official = createOpenAI({{ baseURL: "{gateway.base}/v1", apiKey: "{client.key}" }});
const two = await generateImage({{
  model: official.imageModel("killatamata-image"), prompt: "an owl", size: "256x256", n: 2,
}});
const edited = await generateImage({{
  model: killatamata.imageModel("killatamata-image"),
  prompt: {{ text: "at night", images: [image.uint8Array] }},
  headers: {{ "Idempotency-Key": "once" }},
}});
let broke = null;
try {{
  await generateImage({{
    model: official.imageModel("killatamata-image"), prompt: "a fox",
    headers: {{ "X-Max-Price-Usd": "0.01" }},
  }});
}} catch (error) {{
  broke = [error.name, error.statusCode, error.isRetryable, error.message];
}}
console.log(JSON.stringify({{
  price: responses[0].headers["x-killatamata-price-usd"],
  two: two.images.length, edited: edited.image.mediaType, broke,
}}));
""",
        tmp_path,
    )
    jobs = list_jobs(client)
    assert told["price"] == jobs[0]["billing"]["priceUsd"]
    assert_picture((tmp_path / "fox.png").read_bytes(), (1024, 1024))
    assert told["two"] == 2
    assert told["edited"] == "image/png"
    assert told["broke"][:3] == ["AI_APICallError", 402, False]
    assert "0.02" in told["broke"][3]
    # It asks for two pictures by two requests: two jobs, on purpose.
    tasks = ["image.generate", "image.generate", "image.generate", "image.edit"]
    assert [job["task"] for job in jobs] == tasks


@pytest.mark.promise("openai: clients")
def test_langchain(gateway: Gateway, client: Client, tmp_path: Path) -> None:
    code = fill_in(read_blocks("LangChain", "python")[0], gateway, client.key)
    url = run_python("langchain", f"{code}\nimport json\nprint(json.dumps(url))\n", tmp_path)
    assert_picture(httpx2.get(url, trust_env=False).content, (512, 512))
    assert len(list_jobs(client)) == 1


@pytest.mark.promise("openai: clients")
def test_litellm(gateway: Gateway, client: Client, tmp_path: Path) -> None:
    code = fill_in("\n".join(read_blocks("LiteLLM", "python")), gateway, client.key)
    told = run_python(
        "litellm",
        f"""{code}
import json
import litellm.exceptions
broke = None
try:
    litellm.image_generation(model="openai/killatamata-image", prompt="a fox",
                             max_price_usd="0.01", **KILLATAMATA)
except Exception as error:
    broke = [type(error).__name__, getattr(error, "status_code", None), str(error)]
print(json.dumps({{
    "picture": picture, "video": [video.id, video.status, video.seconds], "clip": len(clip),
    "headers": {{name: str(value) for name, value in
                answer._hidden_params["additional_headers"].items()}},
    "broke": broke,
}}))
""",
        tmp_path,
    )
    jobs = list_jobs(client)
    assert [job["task"] for job in jobs] == ["image.generate", "video.generate"]
    assert_picture(base64.b64decode(told["picture"]), (512, 512))
    assert told["video"][1:] == ["completed", "1"]
    assert told["clip"] > 1_000
    price = told["headers"]["llm_provider-x-killatamata-price-usd"]
    assert price == jobs[0]["billing"]["priceUsd"]
    assert told["broke"][:2] == ["APIError", 402], told["broke"]
    assert "0.02" in told["broke"][2]
