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
from workers.engines.comfyui.graphs.findings import MISSING_FILE, Finding, sentences
from workers.engines.comfyui.graphs.graph import SAVE
from workers.engines.comfyui.node_json import NodeJson

# Save nodes list their files under the name of the kind, and versions do not agree on it.
_LISTS = ("images", "gifs", "video", "videos", "audio")
_LOADERS = ("LoadImage", "LoadImageMask", "LoadVideo", "LoadAudio")
# The nodes of our graphs (`graphs/ltx_sound.py`) that apply the reference audio.
_AUDIO_NODES = frozenset(
    {"reference_audio", "trimmed_audio", "encoded_audio", "frozen", "audio_latent"}
)
_MEMORY = re.compile(r"OutOfMemory|out of memory|can.t allocate memory", re.IGNORECASE)
_PATH = re.compile(r"(?:[A-Za-z]:)?(?:[\\/][\w.\-]+){2,}")
_MOST_TEXT = 500


def refusal(body: object) -> Rejected:
    """Read a 400 to a graph: does the node lack something, is an input gone, or is it refused."""
    answer = _object(body)
    errors = list(_node_errors(answer))
    text = "; ".join([_text(_object(answer.get("error"))), *(each[2] for each in errors)])
    kind = str(_object(answer.get("error")).get("type"))
    types = {name for _, name, _ in errors}
    lacking = any(name == "value_not_in_list" and files for files, name, _ in errors)
    if kind == "missing_node_type" or lacking:
        return Rejected("incompatible", text)
    if errors and types == {"custom_validation_failed"}:
        return Rejected("input_missing", text)
    return Rejected("refused", text)


def reject_findings(findings: Sequence[Finding]) -> Rejected:
    """Refuse a graph of ours with findings; if it lacks a class or a file, another node may do."""
    lacking = {"unknown_class", "not_a_choice", MISSING_FILE}
    if lacking & {finding.rule for finding in findings}:
        return Rejected("incompatible", sentences(findings))
    return Rejected("refused", sentences(findings))


def has_node_errors(body: object) -> bool:
    """Return True if a 200 to a graph names errors: its valid part runs all the same."""
    return bool(_object(body).get("node_errors"))


def state_of(attempt: UUID, body: object) -> Poll:
    """Read the state from `/api/jobs/{id}`.

    Raises:
        Unreachable: it has none.
    """
    job = _object(body)
    match job.get("status"):
        case "pending":
            return Pending(0)
        case "in_progress":
            return Running()
        case "completed":
            return Succeeded(tuple(outputs(attempt, job.get("outputs"))))
        case "cancelled":
            return Canceled()
        case "failed":
            return failure(job.get("execution_error"))
    raise BadAnswer("a job without a status")


def failure(error: object) -> Failed:
    """Read an `execution_error`; its text is for the operator's log, without paths."""
    said = _object(error)
    text = f"{said.get('exception_type')}: {said.get('exception_message')}"
    kind: FailureKind = "exception"
    if _MEMORY.search(text):
        kind = "out_of_memory"
    elif str(said.get("node_id")) in _AUDIO_NODES:
        kind = "audio"
    elif "InterruptProcessing" in text:
        kind = "interrupted"
    return Failed(kind, cut(f"{said.get('node_id')} {text}"))


def outputs(attempt: UUID, said: object) -> Iterator[OutputRef]:
    """Yield the files of our save node, without previews and other temporary ones."""
    saved = _object(_object(said).get(SAVE))
    for name in _LISTS:
        files = saved.get(name)
        for file in files if isinstance(files, list) else ():
            known = _object(file)
            if known.get("type") == "output" and isinstance(known.get("filename"), str):
                path = f"{known.get('subfolder') or ''}/{known['filename']}".lstrip("/")
                yield OutputRef(attempt, path, guess_mime_type(path))


def cut(text: str) -> str:
    """Shorten an engine's text to one line without the paths of its machine."""
    return _PATH.sub("…", " ".join(text.split()))[:_MOST_TEXT]


def _node_errors(said: NodeJson) -> Iterator[tuple[bool, str, str]]:
    """Yield each error of a node of the graph: is it about a model file, its type, its text."""
    for node_id, node in _object(said.get("node_errors")).items():
        loads = _object(node).get("class_type") in _LOADERS
        errors = _object(node).get("errors")
        for error in errors if isinstance(errors, list) else ():
            read = _object(error)
            yield not loads, str(read.get("type")), f"{node_id}: {_text(read)}"


def _text(error: NodeJson) -> str:
    return cut(f"{error.get('type')} {error.get('message')} {error.get('details') or ''}")


def _object(value: object) -> NodeJson:
    return value if isinstance(value, Mapping) else {}
