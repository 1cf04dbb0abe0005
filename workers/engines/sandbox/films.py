"""The films of the sandbox: new, continued and enlarged ones."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from PIL import Image

from workers.engines.sandbox.film_sound import Pad
from workers.engines.sandbox.job import SandboxJob
from workers.engines.sandbox.lettering import Stamp, draw_badge, draw_overlay, write_counter
from workers.engines.sandbox.scene import Scene, count_layers
from workers.processes.confinement import ChildError
from workers.video.audio import Sound
from workers.video.film import Film, FilmShape
from workers.video.frames import decode_frames, open_media, to_rgb_pixels
from workers.video.pictures import cover_canvas, open_picture
from workers.video.rates import to_frame_rate
from workers.video.strip import read_strip, write_strip


@dataclass(frozen=True)
class _Anchor:
    """A picture that stands at a frame and dissolves into the scene on both sides."""

    frame: int
    picture: Image.Image

    def mix(self, scene: Image.Image, index: int, reach: float) -> Image.Image:
        """Mix this picture into the scene of frame `index`, within `reach` frames."""
        distance = abs(index - self.frame) / max(reach, 1)
        return scene if distance >= 1 else Image.blend(self.picture, scene, distance)


class _FilmSource:
    """The source of all frames of one film: scene, anchors, overlap and marks."""

    def __init__(self, job: SandboxJob) -> None:
        values = job.values
        self.frames = int(values["durationFrames"])
        self.shape = FilmShape(values["width"], values["height"], to_frame_rate(values["fps"]))
        self._overlap = list(job.inputs.get("overlap_frames", ()))
        self._offset = 0
        if values.get("direction") == "start":
            self._offset = self.frames - len(self._overlap)
        self.first_number = self._read_first_number()
        self._anchors = self._place_anchors(job)
        self._reach = self._dissolve_frames(float(values.get("imageStrength", 1.0)))
        self._scene = Scene(
            seed=job.build_seed(),
            width=self.shape.width // 2,
            height=self.shape.height // 2,
            layers=count_layers(high_detail=False),
        )
        self._stamp = Stamp(draw_overlay(self.shape.width, self.shape.height, job.prompt))

    def overlap_at(self, index: int) -> Path | None:
        """Return the overlap frame that stands at a frame of the film, or None."""
        place = index - self._offset
        return self._overlap[place] if 0 <= place < len(self._overlap) else None

    def draw_frame(self, index: int) -> Image.Image:
        """Return frame `index`: an overlap frame untouched, else the scene with all marks."""
        width, height, fps = self.shape
        overlap_frame = self.overlap_at(index)
        if overlap_frame is not None:
            return self._open_fitted(overlap_frame)
        number = self.first_number + index
        second = float(number / fps)
        half = Image.fromarray(self._scene.draw(second))
        picture = half.resize((width, height), Image.Resampling.BICUBIC)
        for anchor in self._anchors:
            picture = anchor.mix(picture, index, self._reach)
        self._stamp.press(picture)
        write_counter(picture, f"{number:05d}  {second:.2f} s")
        pixels = np.array(picture)
        write_strip(pixels, number % 65536)
        return Image.fromarray(pixels)

    def _open_fitted(self, path: Path) -> Image.Image:
        return cover_canvas(open_picture(path), self.shape.width, self.shape.height)

    def _read_first_number(self) -> int:
        """Return the number of frame 0, so that the overlap keeps the numbers in its strips."""
        if not self._overlap:
            return 0
        place = 0 if self._offset else len(self._overlap) - 1
        number = read_strip(np.asarray(open_picture(self._overlap[place])))
        return 0 if number is None else max(0, number - self._offset - place)

    def _place_anchors(self, job: SandboxJob) -> list[_Anchor]:
        anchors = []
        if (start := job.find_file("start_frame")) is not None:
            anchors.append(_Anchor(0, self._open_fitted(start)))
        if self._overlap and not self._offset:
            anchors.append(_Anchor(len(self._overlap) - 1, self._open_fitted(self._overlap[-1])))
        if self._overlap and self._offset:
            anchors.append(_Anchor(self._offset, self._open_fitted(self._overlap[0])))
        if (final := job.find_file("final_frame")) is not None:
            anchors.append(_Anchor(self.frames - 1, self._open_fitted(final)))
        return anchors

    def _dissolve_frames(self, strength: float) -> float:
        """Return how many frames a dissolve lasts: a second at full strength, less between two."""
        places = [anchor.frame for anchor in self._anchors]
        room = (max(places) - min(places)) / 2 if len(places) > 1 else float(self.frames)
        return min(float(self.shape.fps) * strength, room)


def shoot_film(job: SandboxJob) -> list[Path]:
    """Write one film of exactly `durationFrames`, its sound the reference or a soft pad."""
    job.meter.reach_share(0)
    film_source = _FilmSource(job)
    path = job.folder / "out_0.mp4"
    overlap = len(job.inputs.get("overlap_frames", ()))
    frames = film_source.frames - (1 if "bad-output" in job.faults else 0)
    with ExitStack() as stack:
        sound = _open_sound(job, film_source, stack)
        film = stack.enter_context(
            Film(path, film_source.shape, sound=sound is not None, overlap=overlap)
        )
        for index in range(frames):
            film.add_frame(_to_video_frame(film_source.draw_frame(index)))
            if sound is not None:
                film.add_sound(sound.take(film.samples_due))
            job.meter.reach_share((index + 1) / frames)
    return [path]


def _open_sound(
    job: SandboxJob, film_source: _FilmSource, stack: ExitStack
) -> "Sound | Pad | None":
    reference = job.find_file("reference_audio")
    if reference is not None:
        sound = stack.enter_context(Sound(reference))
        if not sound.exists:
            raise ChildError("the reference audio holds no sound", code="audio")
        return sound
    if job.values.get("generateAudio") is False:
        return None
    return Pad(job.build_seed(), first_frame=film_source.first_number, fps=film_source.shape.fps)


def enlarge_film(job: SandboxJob) -> list[Path]:
    """Write the source's frames resized with Lanczos to the exact size, with the badge, mute."""
    source = job.find_file("source")
    if source is None:
        raise ChildError("the plan lacks source", code="input_missing")
    width, height = job.values["width"], job.values["height"]
    frames, path = int(job.values["frames"]), job.folder / "out_0.mp4"
    stamp, written = Stamp(draw_badge(width, height)), 0
    shape = FilmShape(width, height, to_frame_rate(job.values["fps"]))
    with Film(path, shape, sound=False) as film:
        for picture in _enlarge_frames(source, width, height):
            if written == frames - 1 and "bad-output" in job.faults:
                break
            stamp.press(picture)
            film.add_frame(_to_video_frame(picture))
            written += 1
            job.meter.reach_share(min(1.0, written / frames))
    return [path]


def _enlarge_frames(source: Path, width: int, height: int) -> Iterator[Image.Image]:
    with open_media(source) as container:
        for frame in decode_frames(container):
            larger = frame.reformat(width, height, format="rgb24", interpolation="LANCZOS")
            yield Image.fromarray(to_rgb_pixels(larger))


def _to_video_frame(picture: Image.Image) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
