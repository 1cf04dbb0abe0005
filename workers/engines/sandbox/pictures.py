"""The pictures of the sandbox: generated, edited and enlarged ones."""

from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageOps

from workers.engines.sandbox.job import SandboxJob
from workers.engines.sandbox.lettering import Stamp, draw_badge, draw_overlay
from workers.engines.sandbox.scene import Scene, count_layers
from workers.processes.confinement import ChildError
from workers.video.pictures import cover_canvas, open_picture


def generate_pictures(job: SandboxJob) -> list[Path]:
    """Draw `count` landscapes, picture k from seed + k."""
    return _draw_series(job, lambda index: _draw_landscape(job, index))


def edit_pictures(job: SandboxJob) -> list[Path]:
    """Tint and caption the source `count` times; with a mask, only where that is white."""
    source = _open_source(job)
    mask_file = job.find_file("mask")
    mask = None if mask_file is None else open_picture(mask_file).convert("L")

    def draw(index: int) -> Image.Image:
        edited = _draw_edit(job, source, index)
        return edited if mask is None else Image.composite(edited, source, mask)

    return _draw_series(job, draw)


def enlarge_picture(job: SandboxJob) -> list[Path]:
    """Resize the source with Lanczos to the exact size and add the badge."""
    source = open_picture(_require_file(job, "source"))
    size = (job.values["width"], job.values["height"])

    def draw(_: int) -> Image.Image:
        picture = source.resize(size, Image.Resampling.LANCZOS)
        Stamp(draw_badge(*size)).press(picture)
        return picture

    return _draw_series(job, draw)


def _draw_series(job: SandboxJob, draw: Callable[[int], Image.Image]) -> list[Path]:
    count = int(job.values.get("count", 1))
    paths = []
    for index in range(count):
        job.meter.reach_share(index / count + 0.05 / count)
        picture = draw(index)
        job.meter.reach_share((index + 0.75) / count)
        if "bad-output" in job.faults:
            picture = picture.crop((0, 0, picture.width - 1, picture.height))
        path = job.folder / f"out_{index}.png"
        picture.save(path, "PNG", compress_level=1)
        paths.append(path)
    return paths


def _draw_landscape(job: SandboxJob, index: int) -> Image.Image:
    width, height = job.values["width"], job.values["height"]
    layers = count_layers(high_detail=bool(job.values.get("highDetail")))
    scene = Scene(seed=job.build_seed(index), width=width, height=height, layers=layers)
    picture = Image.fromarray(scene.draw(0))
    Stamp(draw_overlay(width, height, job.prompt)).press(picture)
    return picture


def _draw_edit(job: SandboxJob, source: Image.Image, index: int) -> Image.Image:
    width, height = source.size
    layers = count_layers(high_detail=bool(job.values.get("highDetail")))
    scene = Scene(seed=job.build_seed(index), width=64, height=64, layers=layers)
    colours = Image.fromarray(scene.draw(0)).resize((1, 3), Image.Resampling.BOX)
    light, middle, dark = (_read_colour(colours, row) for row in range(3))
    tone = ImageOps.colorize(source.convert("L"), dark, (255, 250, 240), mid=middle)
    strength = float(job.values.get("strength", 0.6))
    edited = Image.blend(source, tone, min(1.0, 0.15 + 0.75 * strength))
    _inset_references(job, edited, light)
    Stamp(draw_overlay(width, height, job.prompt)).press(edited)
    return edited


def _read_colour(colours: Image.Image, row: int) -> tuple[int, int, int]:
    red, green, blue = colours.tobytes()[row * 3 : row * 3 + 3]
    return red, green, blue


def _inset_references(job: SandboxJob, picture: Image.Image, frame: tuple[int, int, int]) -> None:
    """Show each further reference as a small inset at the right edge."""
    side = max(16, min(picture.size) // 6)
    for place, path in enumerate(job.inputs.get("references", ())):
        inset = ImageOps.expand(cover_canvas(open_picture(path), side, side), border=2, fill=frame)
        at = (picture.width - inset.width - side // 4, side // 4 + place * (side + side // 4))
        picture.paste(inset, at)


def _open_source(job: SandboxJob) -> Image.Image:
    picture = open_picture(_require_file(job, "source"))
    return cover_canvas(picture, job.values["width"], job.values["height"])


def _require_file(job: SandboxJob, name: str) -> Path:
    path = job.find_file(name)
    if path is None:
        raise ChildError(f"the plan lacks {name}", code="input_missing")
    return path
