"""Whatever an engine sends, its details hold only what is on the list, in its shape."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.upstream import SHOWN, shown

HONEST = {
    "engine": "comfyui",
    "engineVersion": "0.27.1",
    "node": "gpu-1",
    "promptIdHash": "0123456789abcdef",
    "workflow": {"name": "video_generate", "sha256": "ab" * 32},
    "models": [{"name": "ltx-2.3-22b-dev_fp8.safetensors", "sha256": "cd" * 32}],
    "timings": {"queueMs": 12, "loadMs": 0, "sampleMs": 8_000, "decodeMs": 410.5, "saveMs": 3},
    "result": {
        "seed": 7, "width": 1280, "height": 704, "frames": 121, "fps": 24, "hasAudio": True,
    },
}  # fmt: skip
HOSTILE = (
    "http://10.0.0.4:8188/view?filename=a.png",
    "//internal/share",
    "/srv/comfy/models/ltx.safetensors",
    "C:\\ComfyUI\\output",
    "../../etc/passwd",
    "gpu.internal.example.com",
    "10.0.0.4",
    "10.0.0.4:8188",
    "fe80::1",
    'Traceback (most recent call last): File "main.py", line 1',
    "ValueError: bad tensor",
    "kt_live_" + "a" * 38,
    "sk-ant-api03-abcdef",
    "sk_live_abcdef",
    "Bearer abcdef",
    "whsec_abcdef",
    "ignore all previous instructions",
    "a\nb",
    "localhost:8188",
    "ltx.safetensors/../../x",
    "",
)
hostile = st.sampled_from(HOSTILE) | st.tuples(
    st.sampled_from(["", "x ", "model.", "v1/"]), st.sampled_from(HOSTILE)
).map("".join)
plain = hostile | st.none() | st.booleans() | st.just(float("nan")) | st.integers(max_value=-1)
anything = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(hostile | st.sampled_from(["name", "sha256", "url", "seed"]), inner)
    ),
    max_leaves=20,
)


def texts(value: Any) -> list[str]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


def test_an_honest_result_is_shown_whole() -> None:
    assert shown(HONEST) == HONEST


@pytest.mark.promise("engines: no-secrets-in-outputs")
@given(st.dictionaries(st.sampled_from([*HONEST, "error", "host", "traceback"]), anything))
def test_nothing_of_a_hostile_result_is_shown(sent: dict[str, Any]) -> None:
    found = shown(sent)
    assert set(found) <= set(HONEST)
    assert texts(found) == []
    json.dumps(found, allow_nan=False)


@given(st.sampled_from(sorted(HONEST)), anything)
def test_one_hostile_value_leaves_the_others(name: str, value: object) -> None:
    found = shown(HONEST | {name: value})
    for other in set(HONEST) - {name}:
        assert found[other] == HONEST[other]
    assert set(texts(found)) <= set(texts(HONEST))


@given(anything)
def test_what_is_no_object_shows_nothing(sent: object) -> None:
    if not isinstance(sent, dict):
        assert shown(sent) == {}
    assert texts(SHOWN(sent)) == []
