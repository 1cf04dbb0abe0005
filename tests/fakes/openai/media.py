"""The pictures and films of the stand-ins, drawn like those of the sandbox."""

import io
import zlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import av
import numpy as np
from av.video.stream import VideoStream
from PIL import Image

from workers.engines.sandbox.lettering import Stamp, draw_overlay
from workers.engines.sandbox.scene import Scene
from workers.video.film import Film, FilmShape

_KINDS = {"png": "PNG", "jpeg": "JPEG", "jpg": "JPEG", "webp": "WEBP"}


@dataclass(frozen=True)
class Drawing:
    """The order of a drawing: sizes are pixels, `frames` above 1 make a film."""

    prompt: str
    width: int
    height: int
    seed: int = 0
    kind: str = "png"
    frames: int = 1
    fps: int = 24
    sound: bool = False
    source: bytes | None = None
    mask: bytes | None = None
    codec: str = "h264"
    steps: int | None = None


def draw_picture(drawing: Drawing) -> bytes:
    """Return a landscape of the seed, or the source tinted, where the mask is white."""
    size = (drawing.width, drawing.height)
    scene = Image.fromarray(_build_scene(drawing).draw(0))
    if drawing.source is not None:
        source = Image.open(io.BytesIO(drawing.source)).convert("RGB").resize(size)
        edited = Image.blend(source, scene, 0.6)
        mask = Image.new("L", size, 255)
        if drawing.mask is not None:
            mask = Image.open(io.BytesIO(drawing.mask)).convert("L").resize(size)
        scene = Image.composite(edited, source, mask)
    else:
        Stamp(draw_overlay(*size, drawing.prompt)).press(scene)
    out = io.BytesIO()
    scene.save(out, _KINDS[drawing.kind])
    return out.getvalue()


def shoot_film(drawing: Drawing) -> bytes:
    """Return an MP4 of exactly these frames; silent, or with silence as its sound."""
    if drawing.codec != "h264":
        return _shoot_other_codec(drawing)
    scene = _build_scene(drawing)
    shape = FilmShape(drawing.width, drawing.height, Fraction(drawing.fps))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with Film(path, shape, sound=drawing.sound, overlap=0) as film:
            for number in range(drawing.frames):
                pixels = scene.draw(number / drawing.fps)
                film.add_frame(av.VideoFrame.from_ndarray(pixels.copy(), format="rgb24"))
                due = film.samples_due
                if drawing.sound:
                    film.add_sound(np.zeros((2, due), dtype=np.float32))
        return path.read_bytes()


def _shoot_other_codec(drawing: Drawing) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        stream = cast("VideoStream", file.add_stream(drawing.codec, rate=drawing.fps))
        stream.width, stream.height, stream.pix_fmt = drawing.width, drawing.height, "yuv420p"
        for number in range(drawing.frames):
            shade = np.full((drawing.height, drawing.width, 3), number % 255, dtype=np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
        file.mux(stream.encode(None))
    return out.getvalue()


def _build_scene(drawing: Drawing) -> Scene:
    words = zlib.crc32(drawing.prompt.encode("utf-8", "replace"))
    seed = [drawing.seed & 0xFFFFFFFF, words]
    return Scene(seed=seed, width=drawing.width, height=drawing.height)
