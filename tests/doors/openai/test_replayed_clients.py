"""The requests of programs that cannot run here, as their sources send them.

Open WebUI 0.12.4 (`routers/images.py`), n8n (`nodes-langchain` 2.41.1, OpenAI node), LibreChat
(`OpenAIImageTools.js`). Each test reads of the answer what the program reads, and in its order.
"""

import base64
from typing import Any

import httpx2

from tests.doors.openai.calls import EDITS, GENERATIONS, assert_refused, open_picture
from tests.gateway import Client, draw_picture

PICTURE = ("fox.png", draw_picture(256, 256), "image/png")


def read_as_open_webui(http: httpx2.Client, answer: httpx2.Response) -> list[bytes]:
    """Return the pictures: a URL goes before base64, and is fetched with the key."""
    answer.raise_for_status()
    pictures = []
    for each in answer.json()["data"]:
        if url := each.get("url"):
            pictures.append(http.get(url).content)
        else:
            pictures.append(base64.b64decode(each["b64_json"]))
    return pictures


def test_open_webui_generates(client: Client) -> None:
    ask = {"prompt": "a fox", "n": 1, "size": "512x512"}
    for named in ({"model": "killatamata-image", "response_format": "b64_json"},
                  {"model": "gpt-image-1"}):  # fmt: skip
        # It may add the version of an API, and sends who asks in headers of its own.
        answer = client.http.post(
            f"{GENERATIONS}?api-version=2025-04-01-preview",
            json=ask | named,
            headers={"X-OpenWebUI-User-Id": "u-1"},
        )
        assert len(read_as_open_webui(client.http, answer)) == 1


def test_open_webui_edits_one_picture_and_several(client: Client) -> None:
    form = {"model": "killatamata-image", "prompt": "at night", "n": "1", "size": "256x256"}
    one = client.http.post(
        EDITS, data=form | {"response_format": "b64_json"}, files=[("image", PICTURE)]
    )
    many = client.http.post(
        f"{EDITS}?api-version=1",
        data=form | {"response_format": "b64_json", "background": "auto"},
        files=[("image[]", PICTURE), ("image[]", PICTURE)],
    )
    for answer in (one, many):
        assert len(read_as_open_webui(client.http, answer)) == 1


def test_n8n_finds_a_model_then_generates(client: Client) -> None:
    models = client.http.get("/v1/models").json()["data"]
    assert "killatamata-image" in {model["id"] for model in models}
    ask = {"prompt": "a fox", "quality": "standard", "size": "256x256", "style": "vivid", "n": 1}
    own = {"model": "killatamata-image", "response_format": "b64_json"}
    default = {"model": "gpt-image-1-mini"}  # without a form: it expects base64
    for named in (own, default):
        answer = client.http.post(GENERATIONS, json=ask | named)
        assert answer.status_code == 200, answer.text
        assert open_picture(answer.json()["data"][0]["b64_json"]).size == (256, 256)


def test_n8n_edits(client: Client) -> None:
    form = {
        "prompt": "at night", "model": "gpt-image-1", "n": "1", "size": "256x256", "user": "u-1",
        "background": "auto", "input_fidelity": "low", "output_format": "webp",
        "output_compression": "100", "quality": "auto",
    }  # fmt: skip
    answer = client.http.post(EDITS, data=form, files=[("image[]", PICTURE)])
    assert answer.status_code == 200, answer.text
    assert open_picture(answer.json()["data"][0]["b64_json"]).format == "WEBP"


def test_n8n_makes_a_video(client: Client) -> None:
    form = {"model": "sora-2", "prompt": "a fox runs", "seconds": "1", "size": "720x1280"}
    unknown = client.http.post("/v1/videos", data=form, files={"x": ("", b"")})
    assert "killatamata-video" in assert_refused(unknown, 404, "model_not_found")["hint"]
    # A name of the operator, or ours: all else is the same.
    asked = client.http.post(
        "/v1/videos",
        data=form | {"model": "killatamata-video", "size": "256x320"},
        files={"input_reference": PICTURE},
    )
    assert asked.status_code == 200, asked.text
    client.wait_for_job(asked.json()["id"].replace("video_", "job_"))
    video: dict[str, Any] = client.http.get(f"/v1/videos/{asked.json()['id']}").json()
    assert (video["error"], video["status"]) == (None, "completed")
    content = client.http.get(f"/v1/videos/{video['id']}/content")
    assert content.headers["content-type"] == "video/mp4"


def test_librechat_generates_and_edits(client: Client) -> None:
    ask = {
        "model": "gpt-image-1", "prompt": "a fox", "n": 1, "background": "auto",
        "output_format": "png", "quality": "auto", "size": "auto",
    }  # fmt: skip
    made = client.http.post(GENERATIONS, json=ask, headers={"x-stainless-retry-count": "0"})
    assert made.status_code == 200, made.text
    assert open_picture(made.json()["data"][0]["b64_json"]).format == "PNG"
    form = {"model": "gpt-image-1", "prompt": "at night", "quality": "auto", "size": "auto"}
    edited = client.http.post(EDITS, data=form, files=[("image[]", PICTURE)])
    assert edited.status_code == 200, edited.text
    assert open_picture(edited.json()["data"][0]["b64_json"]).size == (256, 256)
    clear = client.http.post(GENERATIONS, json=ask | {"background": "transparent"})
    assert "transparent" in assert_refused(clear, 400, "invalid_input")["hint"]
