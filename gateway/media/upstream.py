"""What is shown of an engine's result: an allow-list of names and shapes, whatever it sent.

A value that is not of its shape is left out. No shape has room for an address, a path, a host
name, a sentence or a key.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from gateway.kit.redaction import hide

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
MODEL = re.compile(
    r"[A-Za-z][A-Za-z0-9_-]{0,59}(\.\d{1,3}(?=[-_.])[A-Za-z0-9_-]{0,40}){0,2}"
    r"(\.(safetensors|gguf|ckpt|pth|pt|bin|onnx))?"
)
VERSION = re.compile(r"v?\d{1,4}(\.\d{1,5}){0,2}([-+][a-z0-9]{1,12})?")
HASH = re.compile(r"[0-9a-f]{16}|[0-9a-f]{64}")
TIMINGS = ("queueMs", "loadMs", "sampleMs", "decodeMs", "saveMs")
MOST_MODELS, MOST_NUMBER = 20, 2**53
Shape = Callable[[Any], Any]


def text(pattern: re.Pattern[str]) -> Shape:
    """Let texts of this form pass, if they do not look like a secret."""

    def check(value: Any) -> str | None:  # noqa: ANN401 - an engine sends anything
        if not isinstance(value, str) or pattern.fullmatch(value) is None or hide(value) != value:
            return None
        return value

    return check


def number(value: Any) -> int | float | None:  # noqa: ANN401 - an engine sends anything
    """Let numbers pass that are not negative and not too large."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 <= value <= MOST_NUMBER else None


def flag(value: Any) -> bool | None:  # noqa: ANN401 - an engine sends anything
    """Let true and false pass."""
    return value if isinstance(value, bool) else None


def fields(**shapes: Shape) -> Shape:
    """Let these fields of an object pass."""

    def check(value: Any) -> dict[str, Any] | None:  # noqa: ANN401 - an engine sends anything
        if not isinstance(value, Mapping):
            return None
        found = {name: shape(value.get(name)) for name, shape in shapes.items()}
        return {name: inner for name, inner in found.items() if inner is not None}

    return check


def models(value: Any) -> list[Any] | None:  # noqa: ANN401 - an engine sends anything
    """Let named files pass, each with its hash."""
    if not isinstance(value, list):
        return None
    shape = fields(name=text(MODEL), sha256=text(HASH))
    return [found for each in value[:MOST_MODELS] if (found := shape(each))]


SHOWN = fields(
    engine=text(NAME),
    engineVersion=text(VERSION),
    node=text(NAME),
    promptIdHash=text(HASH),
    workflow=fields(name=text(NAME), sha256=text(HASH)),
    models=models,
    timings=fields(**dict.fromkeys(TIMINGS, number)),
    result=fields(
        seed=number, width=number, height=number, frames=number, fps=number, hasAudio=flag
    ),
)


def shown(upstream: object) -> dict[str, Any]:
    """Return what may be shown of an engine's result."""
    found: dict[str, Any] = SHOWN(upstream) or {}
    return found


node = text(NAME)
