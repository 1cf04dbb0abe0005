"""Answers of a node and of our check, read as refusals, states, failures and outputs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from gateway.library.kinds import guess_mime_type
from workers.engines.base import (
    BadAnswer,
    Canceled,
    Failed,
    FailureKind,
    OutputRef,
    Pending,
    Poll,
    Rejected,
    Running,
    Succeeded,
)
from workers.engines.comfyui.graphs.findings import MISSING_FILE, Finding, join_findings
from workers.engines.comfyui.graphs.graph import SAVE_NODE
from workers.engines.comfyui.node_json import NodeJson

# Save nodes list their files under the name of the kind, and versions do not agree on it.
_OUTPUT_LISTS = ("images", "gifs", "video", "videos", "audio")
_INPUT_LOADERS = ("LoadImage", "LoadImageMask", "LoadVideo", "LoadAudio")
# The nodes of our graphs (`graphs/ltx_sound.py`) that apply the reference audio.
_AUDIO_NODES = frozenset(
    {"reference_audio", "trimmed_audio", "encoded_audio", "frozen", "audio_latent"}
)
_MEMORY_ERROR = re.compile(r"OutOfMemory|out of memory|can.t allocate memory", re.IGNORECASE)
_FILE_PATH = re.compile(r"(?:[A-Za-z]:)?(?:[\\/][\w.\-]+){2,}")
_MOST_CHARACTERS = 500


def read_refusal(body: object) -> Rejected:
    """Read a 400 to a graph: the node lacks something, an input is gone, or it is refused."""
    answer = _as_object(body)
    errors = list(_list_node_errors(answer))
    text = "; ".join(
        [_render_error(_as_object(answer.get("error"))), *(each[2] for each in errors)]
    )
    kind = str(_as_object(answer.get("error")).get("type"))
    types = {name for _, name, _ in errors}
    lacking = any(name == "value_not_in_list" and files for files, name, _ in errors)
    if kind == "missing_node_type" or lacking:
        return Rejected("incompatible", text)
    if errors and types == {"custom_validation_failed"}:
        return Rejected("input_missing", text)
    return Rejected("refused", text)


def rejection_from_findings(findings: Sequence[Finding]) -> Rejected:
    """Refuse a graph of ours with findings; if it lacks a class or a file, another node may do."""
    lacking = {"unknown_class", "not_a_choice", MISSING_FILE}
    if lacking & {finding.rule for finding in findings}:
        return Rejected("incompatible", join_findings(findings))
    return Rejected("refused", join_findings(findings))


def has_node_errors(body: object) -> bool:
    """Return True if a 200 to a graph names errors: its valid part runs all the same."""
    return bool(_as_object(body).get("node_errors"))


def read_state(attempt: UUID, body: object) -> Poll:
    """Read the state from `/api/jobs/{id}`.

    Raises:
        Unreachable: it has none.
    """
    job = _as_object(body)
    match job.get("status"):
        case "pending":
            return Pending(0)
        case "in_progress":
            return Running()
        case "completed":
            return Succeeded(tuple(read_outputs(attempt, job.get("outputs"))))
        case "cancelled":
            return Canceled()
        case "failed":
            return read_failure(job.get("execution_error"))
    raise BadAnswer("a job without a status")


def read_failure(error: object) -> Failed:
    """Read an `execution_error`; its text is for the operator's log, without paths."""
    failure = _as_object(error)
    text = f"{failure.get('exception_type')}: {failure.get('exception_message')}"
    kind: FailureKind = "exception"
    if _MEMORY_ERROR.search(text):
        kind = "out_of_memory"
    elif str(failure.get("node_id")) in _AUDIO_NODES:
        kind = "audio"
    elif "InterruptProcessing" in text:
        kind = "interrupted"
    return Failed(kind, shorten_text(f"{failure.get('node_id')} {text}"))


def read_outputs(attempt: UUID, node_outputs: object) -> Iterator[OutputRef]:
    """Yield the files of our save node, without previews and other temporary ones."""
    saved = _as_object(_as_object(node_outputs).get(SAVE_NODE))
    for name in _OUTPUT_LISTS:
        files = saved.get(name)
        for file in files if isinstance(files, list) else ():
            entry = _as_object(file)
            if entry.get("type") == "output" and isinstance(entry.get("filename"), str):
                path = f"{entry.get('subfolder') or ''}/{entry['filename']}".lstrip("/")
                yield OutputRef(attempt, path, guess_mime_type(path))


def shorten_text(text: str) -> str:
    """Shorten an engine's text to one line without the paths of its machine."""
    return _FILE_PATH.sub("…", " ".join(text.split()))[:_MOST_CHARACTERS]


def _list_node_errors(body: NodeJson) -> Iterator[tuple[bool, str, str]]:
    """Yield each error of the graph's nodes: True for one of a model file, its type, its text."""
    for node_id, node in _as_object(body.get("node_errors")).items():
        loads = _as_object(node).get("class_type") in _INPUT_LOADERS
        errors = _as_object(node).get("errors")
        for error in errors if isinstance(errors, list) else ():
            read = _as_object(error)
            yield not loads, str(read.get("type")), f"{node_id}: {_render_error(read)}"


def _render_error(error: NodeJson) -> str:
    return shorten_text(f"{error.get('type')} {error.get('message')} {error.get('details') or ''}")


def _as_object(value: object) -> NodeJson:
    return value if isinstance(value, Mapping) else {}
