"""Real files rendered from a graph: of its size, with the graph in their tags, as ComfyUI does."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from workers.video.film import Film, FilmShape
from workers.video.frames import count_frames

# Samples that one block of an empty latent becomes, and whether it comes in pairs.
_SOUND_RATE = 44_100
_SOUND_BLOCKS = {"EmptyAceStepLatentAudio": (4096, False), "EmptyLatentAudio": (2048, True)}
_SIZED_CLASSES = ("EmptyImage", "EmptyLatentImage", "EmptySD3LatentImage", "ImageScale")


def render_files(
    graph: dict[str, Any], folders: dict[str, Path], *, wrong: bool
) -> list[dict[str, Any]]:
    """Write the files of the output node; return their entries in the history.

    With `wrong` they are a pixel, a frame or half a sound too small.
    """
    [save] = [node for node in graph.values() if node["class_type"] in _SAVERS]
    return _SAVERS[save["class_type"]](graph, save, folders, wrong)


def _render_preview(graph: Any, save: Any, folders: Any, wrong: bool) -> list[dict[str, Any]]:  # noqa: ANN401, FBT001
    name = f"ComfyUI_temp_{len(list(folders['temp'].iterdir())):05d}_.png"
    Image.new("RGB", (64, 64)).save(folders["temp"] / name)
    return [{"filename": name, "subfolder": "", "type": "temp"}]


def _render_pictures(graph: Any, save: Any, folders: Any, wrong: bool) -> list[dict[str, Any]]:  # noqa: ANN401, FBT001
    width, height = _read_size(graph, folders["input"])
    seeds = [node["inputs"]["seed"] for node in graph.values() if node["class_type"] == "KSampler"]
    tags = PngInfo()
    tags.add_text("prompt", json.dumps(graph))
    files = []
    for index, seed in enumerate(seeds or range(_count_pictures(graph))):
        noise = np.random.default_rng(seed).integers(0, 255, (height // 8 or 1, width // 8 or 1, 3))
        picture = Image.fromarray(noise.astype(np.uint8)).resize((width - wrong, height))
        folder, name = _make_output_place(save, folders["output"], index, "png")
        picture.save(folders["output"] / folder / name, "PNG", pnginfo=tags)
        files.append({"filename": name, "subfolder": folder, "type": "output"})
    return files


def _render_film(graph: Any, save: Any, folders: Any, wrong: bool) -> list[dict[str, Any]]:  # noqa: ANN401, FBT001
    create = next(node for node in graph.values() if node["class_type"] == "CreateVideo")
    frames, width, height = _read_film_size(graph, folders["input"])
    folder, name = _make_output_place(save, folders["output"], 0, "mp4")
    rate = Fraction(round(create["inputs"]["fps"] * 1000), 1000)  # as SaveVideo rounds it
    shape = FilmShape(width, height, rate)
    sound = "audio" in create["inputs"]
    with Film(folders["output"] / folder / name, shape, sound=sound, overlap=0) as film:
        for number in range(frames - wrong):
            pixels = np.full((height, width, 3), 40 + number % 160, dtype=np.uint8)
            film.add_frame(av.VideoFrame.from_ndarray(pixels, format="rgb24"))
            due = film.samples_due
            if sound:
                film.add_sound(np.zeros((2, due), dtype=np.float32))
    return [{"filename": name, "subfolder": folder, "type": "output"}]


def _render_sound(graph: Any, save: Any, folders: Any, wrong: bool) -> list[dict[str, Any]]:  # noqa: ANN401, FBT001
    """Write noise as long as the latent, in whole blocks, as FLAC with the graph in its tags."""
    latent = next(node for node in graph.values() if node["class_type"] in _SOUND_BLOCKS)
    block, halves = _SOUND_BLOCKS[latent["class_type"]]
    blocks = latent["inputs"]["seconds"] * _SOUND_RATE / block
    count = (round(blocks / 2) * 2 if halves else int(blocks)) * block // (1 + wrong)
    sampled = next(node for node in graph.values() if node["class_type"] == "KSampler")
    noise = np.random.default_rng(sampled["inputs"]["seed"]).uniform(-0.2, 0.2, (2, count))
    folder, name = _make_output_place(save, folders["output"], 0, "flac")
    with av.open(str(folders["output"] / folder / name), "w", format="flac") as file:
        file.metadata["prompt"] = json.dumps(graph)
        stream = file.add_stream("flac", rate=_SOUND_RATE)
        frame = av.AudioFrame.from_ndarray(noise.astype(np.float32), "fltp", "stereo")
        frame.sample_rate = _SOUND_RATE
        converter = av.AudioResampler("s16", "stereo", _SOUND_RATE, frame_size=4096)
        for part in [*converter.resample(frame), *converter.resample(None), None]:
            file.mux(stream.encode(part))
    return [{"filename": name, "subfolder": folder, "type": "output"}]


def _read_size(graph: dict[str, Any], inputs: Path) -> tuple[int, int]:
    for kind in reversed(_SIZED_CLASSES):
        for node in graph.values():
            if node["class_type"] == kind:
                return _read_number(graph, node, "width"), _read_number(graph, node, "height")
    with Image.open(inputs / graph["source"]["inputs"]["image"]) as picture:
        return picture.size


def _read_film_size(graph: dict[str, Any], inputs: Path) -> tuple[int, int, int]:
    for node in graph.values():
        if node["class_type"] == "EmptyLTXVLatentVideo":
            latent = node["inputs"]
            return latent["length"], latent["width"] * 2, latent["height"] * 2
    width, height = _read_size(graph, inputs)
    source = next((node for node in graph.values() if node["class_type"] == "LoadVideo"), None)
    if source is None:
        return _count_pictures(graph), width, height
    return count_frames(inputs / source["inputs"]["file"]), width, height


def _count_pictures(graph: dict[str, Any]) -> int:
    """Return the largest batch of the graph's EmptyImage nodes; 1 if it has none."""
    empty = [node for node in graph.values() if node["class_type"] == "EmptyImage"]
    return max((_read_number(graph, node, "batch_size") for node in empty), default=1)


def _read_number(graph: dict[str, Any], node: dict[str, Any], name: str) -> int:
    """Return the number of an input, or of the PrimitiveInt that it is linked to."""
    value = node["inputs"][name]
    number: int = graph[value[0]]["inputs"]["value"] if isinstance(value, list) else value
    return number


def _make_output_place(save: Any, outputs: Path, index: int, ending: str) -> tuple[str, str]:  # noqa: ANN401
    folder, _, name = save["inputs"]["filename_prefix"].rpartition("/")
    (outputs / folder).mkdir(parents=True, exist_ok=True)
    return folder, f"{name}_{index + 1:05d}_.{ending}"


_SAVERS = {
    "PreviewImage": _render_preview,
    "SaveImage": _render_pictures,
    "SaveVideo": _render_film,
    "SaveAudio": _render_sound,
}
