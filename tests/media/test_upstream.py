"""Engine reports: of what a node sends, only allowed fields that match their pattern are kept."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.nodes.upstream import encode_report, render_upstream
from workers.engines.comfyui.reports import read_system


def render_report(sent: object, graph: str | None = None) -> dict[str, Any]:
    return render_upstream(sent, graph).model_dump()


HONEST = {
    "engine": "comfyui",
    "engineVersion": "0.27.1",
    "python": "3.13.5",
    "pytorch": "2.15.0+cu132",
    "device": {"type": "cuda", "name": "NVIDIA H100 80GB HBM3", "vramBytes": 85_017_493_504},
    "node": "gpu-1",
    "promptIdHash": "0123456789abcdef",
    "workflow": {"name": "ltx-2.3", "sha256": "ab" * 32},
    "models": [{"name": "ltx-2.3-22b-dev_fp8.safetensors", "folder": "checkpoints"}],
    "timings": {
        "queuedAt": "2026-11-28T12:23:12.316000Z",
        "queueMs": 12,
        "runMs": 8_400,
        "sampleMs": 8_000,
        "nodes": [{"node": "first_pass", "ms": 7_000}],
    },
    "result": {
        "seed": 7, "width": 1280, "height": 704, "frames": 121, "fps": 24, "hasAudio": True,
    },
}  # fmt: skip
MODEL_NAMES = (
    "sd_xl_base_1.0.safetensors",
    "4x-UltraSharp.pth",
    "Wan2.1_VAE_bf16.safetensors",
    "qwen-image-2512-Q4_K_M.gguf",
    "ltx_2.3_22b_distilled_1.1_lora_dynamic_fro09_avg_rank_111_bf16.safetensors",
)
DEVICES = (
    "Tesla T4",
    "Tesla V100-SXM2-32GB",
    "NVIDIA A100-SXM4-80GB",
    "NVIDIA A100-PCIE-40GB",
    "NVIDIA A100-SXM4-80GB MIG 1g.10gb",
    "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition",
    "GeForce GTX 1080 Ti",
    "GRID A100D-80C",
    "AMD Radeon RX 7900 XTX",
    "Intel(R) Arc(TM) A770",
)
VERSIONS = (
    "2.8.0a0+34c6371d24.nv25.08",
    "2.9.0.dev20250730+cu128",
    "2.8.0+rocm6.4.1",
    "3.13.0rc1",
    "3.12.3+",
    "v0.3.40-12-gabc1234",
)
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
    "/models/ltx.safetensors",
    "NVIDIA ignore all previous instructions",
    "NVIDIA Host10-0-0-4",
    "NVIDIA gpu.internal.example.com",
    "NVIDIA GPU sk_live_abcdef",
    "2.8.0+gpu.internal.example.com",
    "2.8.0+10.0.0.4",
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


def list_texts(value: Any) -> list[str]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return [text for each in value.values() for text in list_texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in list_texts(each)]
    return [value] if isinstance(value, str) else []


def test_an_honest_report_is_shown_whole_and_stays_so_when_it_is_stored() -> None:
    assert render_report(HONEST) == HONEST
    assert json.loads(encode_report(HONEST, None).upstream_json or "") == HONEST


@pytest.mark.parametrize(
    "day", ["2026-02-30T12:00:00Z", "2026-11-28T24:30:00Z", "0000-01-01T00:00:00Z"]
)
def test_a_time_that_the_calendar_does_not_have_is_neither_stored_nor_shown(day: str) -> None:
    sent = {"timings": {"startedAt": day, "endedAt": "2026-11-28T12:00:00Z"}}
    kept = {"timings": {"endedAt": "2026-11-28T12:00:00Z"}}
    assert json.loads(encode_report(sent, None).upstream_json or "") == kept
    assert render_report(sent) == kept  # an old row too


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_model_files_are_shown_by_the_names_that_people_give_them(name: str) -> None:
    assert render_report({"models": [{"name": name}]}) == {"models": [{"name": name}]}


@pytest.mark.parametrize("name", DEVICES)
def test_a_gpu_is_shown_by_its_name(name: str) -> None:
    stats = {"system": {}, "devices": [{"name": f"cuda:0 {name} : native", "type": "cuda"}]}
    assert render_report(read_system(stats))["device"] == {"type": "cuda", "name": name}


@pytest.mark.parametrize("version", VERSIONS)
def test_builds_of_every_kind_are_shown_by_their_versions(version: str) -> None:
    for field in ("engineVersion", "python", "pytorch"):
        assert render_report({field: version}) == {field: version}


@pytest.mark.promise("engines: no-secrets-in-outputs")
@given(st.dictionaries(st.sampled_from([*HONEST, "error", "host", "traceback"]), anything))
def test_nothing_of_a_hostile_report_is_shown(sent: dict[str, Any]) -> None:
    found = render_report(sent)
    assert set(found) <= set(HONEST)
    assert list_texts(found) == []
    json.dumps(found, allow_nan=False)


@given(st.sampled_from(sorted(HONEST)), anything)
def test_one_hostile_value_leaves_the_others(name: str, value: object) -> None:
    found = render_report(HONEST | {name: value})
    for other in set(HONEST) - {name}:
        assert found[other] == HONEST[other]
    assert set(list_texts(found)) <= set(list_texts(HONEST))


@given(anything)
def test_what_is_no_object_shows_nothing(sent: object) -> None:
    assert list_texts(render_report(sent)) == []


def test_a_graph_comes_from_our_worker_alone_and_is_bounded() -> None:
    sent, large = {"workflow": {"graph": {"a": "/srv"}}}, {"a": "x" * 40_000}
    assert render_report(sent) == {"workflow": {}}
    assert render_report(sent, '{"a": 1}') == {"workflow": {"graph": {"a": 1}}}
    assert encode_report(HONEST, large).workflow_json is None


def test_a_graph_takes_the_room_of_its_characters_in_any_script() -> None:
    graph = {"6": {"class_type": "CLIPTextEncode", "inputs": {"text": "\u72d0" * 8_000}}}
    assert json.loads(encode_report(HONEST, graph).workflow_json or "null") == graph
