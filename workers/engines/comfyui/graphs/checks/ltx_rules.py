"""The rules of LTX-2.3 that no type or range of a node class expresses.

Where they are broken a node fails after minutes, or makes another film in silence: it floors a
frame count, or leaves a guide's frames in the film where no crop follows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from workers.engines.comfyui.graphs.findings import Finding
from workers.engines.comfyui.graphs.graph import Graph, Node, parse_link

LARGEST_BATCH = 97
_GRID = 64
_LATENT, _AUDIO = "EmptyLTXVLatentVideo", "LTXVEmptyLatentAudio"
_GUIDE, _CROP, _IN_PLACE = "LTXVAddGuide", "LTXVCropGuides", "LTXVImgToVideoInplace"
_CONCAT, _SPLIT, _UPSAMPLE = "LTXVConcatAVLatent", "LTXVSeparateAVLatent", "LTXVLatentUpsampler"
_SAMPLER = "SamplerCustomAdvanced"
_DECODERS = frozenset({"VAEDecode", "VAEDecodeTiled"})
# By class, the input from which the video latent comes that leaves the node.
_UPSTREAM = {
    _IN_PLACE: "latent",
    _GUIDE: "latent",
    _CROP: "latent",
    _CONCAT: "video_latent",
    _SPLIT: "av_latent",
    _UPSAMPLE: "samples",
    _SAMPLER: "latent_image",
    "SetLatentNoiseMask": "samples",
}
_RATES = {"LTXVConditioning": "frame_rate", _AUDIO: "frame_rate", "CreateVideo": "fps"}


def check(graph: Graph) -> Iterator[Finding]:
    """Yield the broken rules; a graph without LTX nodes breaks none."""
    if not any(node.class_type == _LATENT for node in graph.nodes.values()):
        return
    yield from _check_one_length(graph)
    yield from _check_one_rate(graph)
    yield from _check_sizes(graph)
    for node_id, node in graph.nodes.items():
        if node.class_type == _IN_PLACE:
            yield from _check_in_place(graph, node_id, node)
        elif node.class_type == _GUIDE:
            yield from _check_guide(graph, node_id, node)
        elif node.class_type in _DECODERS | {_UPSAMPLE}:
            yield from _check_crops(graph, node_id)


def _walk_latent(graph: Graph, node_id: str) -> Iterator[tuple[str, Node]]:
    """Yield the nodes that the video latent of this node has come through, the nearest first."""
    node = graph.nodes[node_id]
    name = "samples" if node.class_type in _DECODERS else _UPSTREAM.get(node.class_type, "")
    while (link := parse_link(node.inputs.get(name))) is not None:
        node = graph.nodes[link[0]]
        yield link[0], node
        name = _UPSTREAM.get(node.class_type, "")


def _check_one_length(graph: Graph) -> Iterator[Finding]:
    lengths = dict(_list_numbers(graph, {_LATENT: "length"}))
    for (node_id, name), length in lengths.items():
        if length % 8 != 1:
            yield Finding("frames_8n1", node_id, name, f"{length} frames are not 8n+1")
    counts = lengths | dict(_list_numbers(graph, {_AUDIO: "frames_number"}))
    if len(set(counts.values())) > 1:
        for (node_id, name), count in counts.items():
            yield Finding("one_length", node_id, name, f"{count} frames, and others elsewhere")


def _check_one_rate(graph: Graph) -> Iterator[Finding]:
    rates = dict(_list_numbers(graph, _RATES))
    if len(set(rates.values())) > 1:
        for (node_id, name), rate in rates.items():
            yield Finding("one_rate", node_id, name, f"{rate} frames a second, others elsewhere")


def _list_numbers(graph: Graph, where: dict[str, str]) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield the numbers in the named input of each class, by node and input."""
    for node_id, node in graph.nodes.items():
        name = where.get(node.class_type, "")
        value = node.inputs.get(name)
        if isinstance(value, int | float):
            yield (node_id, name), value


def _check_sizes(graph: Graph) -> Iterator[Finding]:
    for node_id, node in graph.nodes.items():
        if node.class_type not in _DECODERS:
            continue
        chain = list(_walk_latent(graph, node_id))
        scale = 2 ** sum(one.class_type == _UPSAMPLE for _, one in chain)
        for first_id, first in chain:
            if first.class_type == _LATENT:
                yield from _check_size(first_id, first, scale)


def _check_size(node_id: str, node: Node, scale: int) -> Iterator[Finding]:
    for name in ("width", "height"):
        side = node.inputs.get(name)
        if not isinstance(side, int):
            continue
        if side % (_GRID // 2):
            yield Finding("first_pass_32", node_id, name, f"{side} is no multiple of 32")
        if side * scale % _GRID:
            yield Finding("final_64", node_id, name, f"{side * scale} at last is not one of 64")


def _check_in_place(graph: Graph, node_id: str, node: Node) -> Iterator[Finding]:
    batch, length = _count_batch(graph, node.inputs.get("image")), _find_length(graph, node_id)
    if batch is None:
        return
    if batch % 8 != 1 or batch > LARGEST_BATCH:
        message = f"{batch} frames are not 8n+1 up to {LARGEST_BATCH}"
        yield Finding("in_place_batch", node_id, "image", message)
    if length is not None and batch >= length:
        message = f"{batch} frames do not fit a clip of {length}"
        yield Finding("batch_too_long", node_id, "image", message)


def _check_guide(graph: Graph, node_id: str, node: Node) -> Iterator[Finding]:
    batch, length = _count_batch(graph, node.inputs.get("image")), _find_length(graph, node_id)
    at = node.inputs.get("frame_idx")
    if batch is not None and length is not None and isinstance(at, int):
        yield from _check_guide_place(node_id, batch, length, at + length if at < 0 else at)
    for _, above in _walk_latent(graph, node_id):
        if above.class_type == _SPLIT:
            break
        if above.class_type in {_CONCAT, _SAMPLER}:
            message = "a guide must not meet a latent with sound in it"
            yield Finding("guide_on_av", node_id, "latent", message)
            break


def _check_guide_place(node_id: str, batch: int, length: int, at: int) -> Iterator[Finding]:
    is_later = at > 0 and batch > 1
    # After frame 0 a guide of 8b + 1 frames drops its last one, see `LtxAnchors._load_tail`.
    taken = batch - 1 if is_later else batch
    if batch >= length or not 0 <= at <= length - taken:
        message = f"{batch} frames from {at} on do not fit a clip of {length}"
        yield Finding("batch_too_long", node_id, "image", message)
    if batch % 8 != 1:
        yield Finding("guide_batch", node_id, "image", f"{batch} frames are not 8n+1")
    if is_later and at % 8 != 1:
        message = f"several frames start at 0 or at 8m+1, not at {at}"
        yield Finding("guide_batch", node_id, "frame_idx", message)


def _find_length(graph: Graph, node_id: str) -> int | None:
    for _, node in _walk_latent(graph, node_id):
        length = node.inputs.get("length")
        if node.class_type == _LATENT and isinstance(length, int):
            return length
    return None


def _count_batch(graph: Graph, value: object) -> int | None:
    """Count the pictures that come through a link; None if the graph does not tell."""
    link = parse_link(value)
    if link is None:
        return None
    node = graph.nodes[link[0]]
    if node.class_type == "LoadImage":
        return 1
    if node.class_type in {"LTXVPreprocess", "ImageScale"}:
        return _count_batch(graph, node.inputs.get("image"))
    if node.class_type != "BatchImagesNode":
        return None
    parts = [_count_batch(graph, part) for part in node.inputs.values()]
    return None if None in parts else sum(part for part in parts if part is not None)


@dataclass(slots=True)
class _Pass:
    """A sampling pass, walked from its end: its crop (or a later guide), and its guider."""

    crop: str = ""
    guider: str = ""


def _check_crops(graph: Graph, end: str) -> Iterator[Finding]:
    """Yield each guide above `end` that no crop follows, or whose conditioning is not used."""
    seen = _Pass()
    for node_id, node in _walk_latent(graph, end):
        if node.class_type == _UPSAMPLE:
            return  # the pass before it is judged from there
        if node.class_type == _CROP:
            seen.crop = node_id
        elif node.class_type == _SAMPLER:
            guider = parse_link(node.inputs.get("guider"))
            seen.guider = "" if guider is None else guider[0]
        elif node.class_type == _GUIDE:
            yield from _check_guide_crop(graph, seen, node_id)
            seen = _Pass(crop=node_id)  # an earlier guide hands its conditioning on to this one


def _check_guide_crop(graph: Graph, seen: _Pass, guide: str) -> Iterator[Finding]:
    """Yield the findings about one guide, from the crop and the guider after it."""
    if not seen.crop:
        yield Finding("guide_not_cropped", guide, "", "no LTXVCropGuides follows in its pass")
    for follower in filter(None, (seen.crop, seen.guider)):
        for slot, name in enumerate(("positive", "negative")):
            if parse_link(graph.nodes[follower].inputs.get(name)) != (guide, slot):
                message = f"is not the conditioning of {guide}"
                yield Finding("guide_conditioning", follower, name, message)
