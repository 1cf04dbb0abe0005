"""The engine's report in `includeDetails=1`; the models are also the allow-list.

A node is not trusted: a reported field that does not match its pattern, or is a time that the
calendar does not have, is left out, and the others stay. No pattern has room for an address, a
path, a host name, a sentence or a key.
"""

from datetime import datetime
from typing import Annotated

from pydantic import (
    MISSING,
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic.config import JsonDict

from gateway.kit.telemetry.redaction import hide_secrets
from gateway.kit.wire.field_types import Count, Instant, Text
from gateway.kit.wire.json_text import JsonObject
from gateway.kit.wire.models import Since, WireModel
from gateway.media.states import AttemptState

MOST_MODELS, MOST_NODES = 20, 128
TIME_PATTERN = r"^[0-9]{4}(-[0-9]{2}){2}T([01][0-9]|2[0-3])(:[0-5][0-9]){2}(\.[0-9]{1,6})?Z$"
# A maker or its brand first, and no word in small letters: no room for a sentence. After a hyphen
# comes `SXM4`, `80GB` or the like, but no bare number: no room for an address. A part of a GPU that
# is shared by MIG ends as `1g.10gb`.
DEVICE_PATTERN = (
    r"^(NVIDIA|Tesla|Quadro|GeForce|TITAN|GRID|AMD|Radeon|Intel(\(R\))?|Apple)"
    r"( [A-Z0-9][A-Za-z0-9()]{0,11}(-[A-Z][A-Z0-9]{0,7}|-[0-9]{1,3}[A-Z]{1,2}){0,2}){1,8}"
    r"( [1-7]g\.[0-9]{1,3}gb)?$"
)
# As Python, PyTorch, NVIDIA's builds of it (`2.8.0a0+34c6371d24.nv25.08`) and `git describe` write
# them. Never four bare numbers, nor words with dots between: an address is no version.
VERSION_PATTERN = (
    r"^v?[0-9]{1,4}(\.[0-9]{1,5}){0,2}((a|b|rc)[0-9]{1,3})?(\.(dev|post)[0-9]{1,8})?"
    r"(-[0-9]{1,5}-g[0-9a-f]{7,12})?"
    r"(\+|[-+][a-z0-9]{1,12}|\+rocm[0-9]{1,2}(\.[0-9]{1,2}){1,2}"
    r"|\+[0-9a-f]{7,12}\.nv[0-9]{2}\.[0-9]{2})?$"
)
MODEL_PATTERN = (
    r"^[A-Za-z0-9][A-Za-z0-9_-]{0,79}(\.[0-9]{1,3}[A-Za-z0-9_-]{0,60}){0,3}"
    r"\.(safetensors|sft|gguf|ckpt|pth|pt|bin|onnx)$"
)


def _require_no_secret(text: str) -> str:
    if hide_secrets(text) != text:
        raise ValueError("looks like a secret")
    return text


def _require_date(text: str) -> str:
    """Refuse a time that the calendar does not have: clients parse it as a datetime."""
    datetime.fromisoformat(text)
    return text


def _keep_first(most: int) -> BeforeValidator:
    return BeforeValidator(lambda given: given[:most] if isinstance(given, list) else given)


def _drop_empty(parts: list[WireModel]) -> list[WireModel]:
    return [part for part in parts if part.model_dump()]


NotEmpty = AfterValidator(_drop_empty)
NoSecret = AfterValidator(_require_no_secret)
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,59}$", examples=["gpu-1"]), NoSecret]
Family = Annotated[
    str,
    Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,59}(\.[0-9]{1,3})?$", examples=["ltx-2.3"]),
    NoSecret,
]
Version = Annotated[
    str,
    Field(pattern=VERSION_PATTERN, examples=["0.27.0"]),
    NoSecret,
]
ModelName = Annotated[
    str, Field(pattern=MODEL_PATTERN, examples=["sd_xl_base_1.0.safetensors"]), NoSecret
]
DeviceName = Annotated[
    str, Field(pattern=DEVICE_PATTERN, examples=["NVIDIA GeForce RTX 4090"]), NoSecret
]
IdHash = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$", examples=["9f86d081884c7d65"])]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=["9f86d081884c7d65" * 4])]
Time = Annotated[
    str,
    Field(
        pattern=TIME_PATTERN,
        examples=["2026-11-25T14:00:00.250Z"],
        json_schema_extra={"format": "date-time"},
    ),
    AfterValidator(_require_date),
]
Amount = Annotated[int, Field(ge=0, le=2**53 - 1)]
Rate = Annotated[float, Field(ge=0, le=1_000)]


class Reported(WireModel):
    """A part of an engine's report; a field that is not of its shape is left out."""

    model_config = WireModel.model_config | ConfigDict(
        strict=True, allow_inf_nan=False, extra="ignore"
    )

    @field_validator("*", mode="wrap")
    @classmethod
    def _drop_wrong(cls, given: object, read: ValidatorFunctionWrapHandler) -> object:
        try:
            return read(given)
        except ValidationError:
            return MISSING


class UpstreamDevice(Reported):
    """The engine's compute device."""

    type: Name | MISSING = Field(MISSING, description="Its kind, as cuda, mps or cpu.")
    name: DeviceName | MISSING = Field(MISSING, description="The model of the GPU.")
    vram_bytes: Amount | MISSING = Field(MISSING, description="Its memory, in bytes.")


class UpstreamWorkflow(Reported):
    """The workflow that ran; one of an operator's own is not shown, only named."""

    name: Family | MISSING = Field(
        MISSING, description="Its name: a model family, or an operator's own."
    )
    sha256: Sha256 | MISSING = Field(
        MISSING,
        description="Over its nodes, links and model files: equal where the same workflow ran.",
    )
    graph: JsonObject | MISSING = Field(
        MISSING,
        description="The graph as sent (API format); left out of lists, deleted with the prompt.",
    )


class UpstreamModel(Reported):
    """A model file that the workflow loads."""

    name: ModelName | MISSING = Field(MISSING, description="The name of the file.")
    folder: Name | MISSING = Field(MISSING, description="ComfyUI's folder of such files, as loras.")


class NodeTime(Reported):
    """The run time of one workflow node."""

    node: Name | MISSING = Field(MISSING, description="Its id in the graph.")
    ms: Amount | MISSING = Field(MISSING, description="Milliseconds, as its events arrived.")


NodeTimes = Annotated[
    list[NodeTime], Field(max_length=MOST_NODES), _keep_first(MOST_NODES), NotEmpty
]
Models = Annotated[
    list[UpstreamModel], Field(max_length=MOST_MODELS), _keep_first(MOST_MODELS), NotEmpty
]


class UpstreamTimings(Reported):
    """Times of waiting and running, by the engine's own clock; summed over prompts."""

    queued_at: Time | MISSING = Field(MISSING, description="When the engine queued it.")
    started_at: Time | MISSING = Field(MISSING, description="When the engine began.")
    ended_at: Time | MISSING = Field(MISSING, description="When the engine ended.")
    queue_ms: Amount | MISSING = Field(MISSING, description="Milliseconds in the engine's queue.")
    run_ms: Amount | MISSING = Field(MISSING, description="Milliseconds from begin to end.")
    load_ms: Amount | MISSING = Field(MISSING, description="Milliseconds before sampling: loading.")
    sample_ms: Amount | MISSING = Field(MISSING, description="Milliseconds sampling and enlarging.")
    decode_ms: Amount | MISSING = Field(MISSING, description="Milliseconds decoding.")
    save_ms: Amount | MISSING = Field(MISSING, description="Milliseconds saving.")
    nodes: NodeTimes | MISSING = Field(
        MISSING, description="The nodes that ran, in order; cached ones are missing."
    )


class UpstreamResult(Reported):
    """The output, as measured after it was fetched."""

    seed: Amount | MISSING = Field(
        MISSING, description="The seed it was made with, also a drawn one."
    )
    width: Amount | MISSING = Field(MISSING, description="Width in pixels.")
    height: Amount | MISSING = Field(MISSING, description="Height in pixels.")
    frames: Amount | MISSING = Field(MISSING, description="Number of frames.")
    fps: Rate | MISSING = Field(MISSING, description="Frames a second.")
    has_audio: bool | MISSING = Field(MISSING, description="Whether it has sound.")


class Upstream(Reported):
    """The engine's own report of an attempt; facts that it did not send are missing."""

    engine: Name | MISSING = Field(
        MISSING, description="`comfyui`, `openai`, `sandbox`, or `worker` for the CPU."
    )
    dialect: Annotated[Name, Since("0.7")] | MISSING = Field(
        MISSING,
        description="The kind of server behind the engine `openai`.",
        examples=["vllm-omni"],
    )
    engine_version: Version | MISSING = Field(MISSING, description="The version of the engine.")
    python: Version | MISSING = Field(MISSING, description="The version of Python it runs on.")
    pytorch: Version | MISSING = Field(MISSING, description="The version of PyTorch it runs on.")
    device: UpstreamDevice | MISSING = Field(MISSING, description="The device it computes on.")
    node: Name | MISSING = Field(MISSING, description="The alias of the node.")
    prompt_id_hash: IdHash | MISSING = Field(
        MISSING, description="The first 16 digits of the SHA-256 of the attempt's id."
    )
    workflow: UpstreamWorkflow | MISSING = Field(MISSING, description="The workflow that ran.")
    models: Models | MISSING = Field(
        MISSING, description="The model files it loads; those of an operator's own are not shown."
    )
    timings: UpstreamTimings | MISSING = Field(MISSING, description="When it waited and ran.")
    result: UpstreamResult | MISSING = Field(MISSING, description="The outputs made.")


UPSTREAM_EXAMPLE: JsonDict = {
    "engine": "comfyui",
    "engineVersion": "0.27.0",
    "node": "gpu-1",
    "workflow": {"name": "sdxl", "sha256": "9f86d081884c7d65" * 4},
    "models": [{"name": "sd_xl_base_1.0.safetensors", "folder": "checkpoints"}],
    "timings": {"queueMs": 2, "runMs": 8_300},
    "result": {"seed": 7, "width": 1024, "height": 1024},
}


class JobAttempt(WireModel):
    """One try of a job on one engine."""

    attempt: Count = Field(description="Its number, from 1.")
    node: Text | None = Field(description="The alias of the node, `sandbox` or `worker`.")
    engine: Annotated[Text, Since("0.7")] = Field(
        description="`comfyui`, `openai`, `sandbox`, or `worker` for the CPU."
    )
    started_at: Instant | None = Field(description="When the engine began with it, in UTC.")
    ended_at: Instant | None = Field(description="When it ended, in UTC.")
    outcome: AttemptState = Field(description="Its state; the last five are final.")
    error_code: Text | None = Field(description="Why it failed.")
    charged: Annotated[bool, Since("0.7")] = Field(
        description="Whether the job's price was captured for it: at most one."
    )
    upstream: Upstream | None = Field(
        description="What the engine reported of it; no graph.", examples=[UPSTREAM_EXAMPLE]
    )


ATTEMPT_EXAMPLE: JsonDict = {
    "attempt": 1,
    "node": "gpu-1",
    "engine": "comfyui",
    "startedAt": "2026-11-25T14:00:00Z",
    "endedAt": "2026-11-25T14:00:09Z",
    "outcome": AttemptState.SUCCEEDED,
    "errorCode": None,
    "charged": True,
    "upstream": UPSTREAM_EXAMPLE,
}
