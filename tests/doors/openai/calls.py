"""Calls of the OpenAI door as its clients make them, and what their answers must be."""

import base64
import io
from typing import Any

import httpx2
from PIL import Image

GENERATIONS, EDITS = "/v1/images/generations", "/v1/images/edits"
MODELS_FILE = """
["gpt-image-*"]
kind = "image"

["dall-e-3"]
kind = "image"
answer = "url"
defaults = { quality = "hd" }

["thrifty"]
kind = "image"
defaults = { max_price_usd = "0.01" }

["thrifty-clips"]
kind = "video"
defaults = { max_price_usd = "0.001", fps = 30 }
"""


def ask_picture(**fields: object) -> dict[str, object]:
    """Return the fields of a picture of 256 by 256 pixels, which costs $0.02."""
    return {"prompt": "a fox", "size": "256x256", **fields}


def generate(http: httpx2.Client, headers: dict[str, str] | None = None, /, **fields: Any) -> Any:  # noqa: ANN401 - an answer's body
    """Generate a picture; return the body of the answer."""
    answer = http.post(GENERATIONS, json=ask_picture(**fields), headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def open_picture(text: str) -> Image.Image:
    """Open a picture in base64, as an answer has it."""
    picture = Image.open(io.BytesIO(base64.b64decode(text, validate=True)))
    picture.load()
    return picture


def assert_refused(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """Check the status and the form of a refusal; return its `error`."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    error: dict[str, Any] = answer.json()["error"]
    assert error["code"] == code, error
    assert error["message"]
    assert error["hint"]
    assert error["type"]
    assert error["request_id"] == answer.headers["x-request-id"]
    assert "param" in error
    return error
