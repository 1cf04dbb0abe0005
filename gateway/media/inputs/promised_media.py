"""Media that a job or a step is still to make: its size and frames are decided before."""

from gateway.library.errors import UnsupportedMedia
from gateway.library.facts import MediaFacts
from gateway.library.kinds import KINDS
from gateway.media.inputs.workspace import PromisedOutput
from gateway.media.stored_media import StoredMedia
from gateway.media.tasks.base import Reference
from gateway.media.tasks.catalogue import TASKS
from gateway.media.tasks.rules.adjustments import to_exact_fraction, to_exact_rate


def build_promised_media(promise: PromisedOutput, source: str, reference: Reference) -> StoredMedia:
    """Return media that will be made, with the facts that are decided: no bytes and no hash."""
    promised, kind = promise.effective_input, TASKS[promise.task].output_kind
    if kind != reference.kind:
        raise UnsupportedMedia(f"{promise.name} does not make {reference.kind}.")
    lengths = (promised.get(name) for name in ("outputFrames", "durationFrames", "frames"))
    frames: int | None = next((each for each in lengths if each), None)
    fps = to_exact_rate(promised["fps"]) if kind == "video" else None
    seconds = to_exact_fraction(promised["durationSeconds"]) if kind == "audio" else None
    facts = MediaFacts(
        kind=kind,
        mime_type=KINDS[kind].output_mime_type(promised),
        sha256="",
        size_bytes=0,
        width=promised.get("width"),
        height=promised.get("height"),
        frames=frames,
        fps=fps,
        duration=frames / fps if frames and fps else seconds,
        has_audio=promised.get("generateAudio", True) and promised.get("audio") != "mute",
    )
    return StoredMedia(facts=facts, key="", source=source, overlap_frames=promise.overlap_frames)
