"""video.upscale: a film enlarged, in segments where the engine holds all frames in memory.

Each segment is a plan under an id of its own, made from the attempt's (`workers.engines.part_ids`),
so a worker that adopts the attempt finds what the engine knows already. The outputs stay on the
engine until the film is whole: after a crash they are fetched again, not made again.
"""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from gateway.media.tasks.input_json import InputJson
from workers.engines.base import PlanInputs, RenderPlan
from workers.engines.part_ids import part_id
from workers.pipelines.attempt import render_plan, upload_input
from workers.pipelines.base import Output, Work, do_chores, pipeline
from workers.pipelines.errors import InputUnreadable, OutputInvalid
from workers.pipelines.film_join import join_films
from workers.pipelines.ingest import FilmOrder, ingest_film
from workers.video.chores.chore_forms import CutSegmentChore, FilmMeasures, LookAtFilmChore
from workers.video.clips import JoinForm
from workers.video.rates import to_frame_rate

_MODEL_SCALE = 4  # of ESRGAN models; the result is then scaled to the ordered size
_BYTES_A_PIXEL = 12  # float32 RGB


@pipeline
async def run(work: Work) -> list[Output]:
    """Enlarge segment after segment, join them, and lay the source's sound under the film.

    Raises:
        PipelineFailed: the film could not be made as ordered.
    """
    values, source = work.effective_input, work.get_file("video")
    chore: LookAtFilmChore = {"do": "look_at_film", "source": str(source)}
    [look] = await do_chores([chore], otherwise=InputUnreadable)
    buffer = (await work.engine.facts()).frame_buffer_bytes
    segments = list(_split_segments(values["frames"], _frames_per_segment(look, values, buffer)))
    whole, films = len(segments) == 1, []
    for number, (first, frames) in enumerate(segments, 1):
        attempt = work.attempt if whole else part_id(work.attempt, number)
        piece = source if buffer is None else await _cut_source(work, source, first, frames)
        films.append(await _enlarge_segment(work, piece, frames, attempt))
    order = FilmOrder(
        width=values["width"],
        height=values["height"],
        frames=values["frames"],
        fps=to_frame_rate(values["fps"]),
        sound=look["has_sound"],
    )
    film = films[0] if len(films) == 1 else await join_films(work, _build_join(order, films))
    outputs = await ingest_film(work, [film], order, sound_of=source)
    for number in range(1, 1 if whole else len(segments) + 1):
        await work.engine.forget(part_id(work.attempt, number))
    return outputs


def _frames_per_segment(look: FilmMeasures, values: InputJson, buffer: int | None) -> int:
    """Return how many frames fit into `buffer` bytes, each as source, model output and result."""
    if buffer is None:
        return int(values["frames"])
    pixels = look["width"] * look["height"]
    pixels += _MODEL_SCALE**2 * pixels + values["width"] * values["height"]
    return max(1, int(buffer // (_BYTES_A_PIXEL * pixels)))


def _split_segments(frames: int, most: int) -> Iterator[tuple[int, int]]:
    """Yield the first frame and the number of frames of each segment."""
    for first in range(0, frames, most):
        yield first, min(most, frames - first)


async def _enlarge_segment(work: Work, piece: Path, frames: int, attempt: UUID) -> Path:
    plan = RenderPlan(
        task=work.task,
        effective_input={**work.effective_input, "frames": frames},
        inputs=PlanInputs(source=await upload_input(work, piece)),
    )
    films = await render_plan(work, plan, attempt)
    if len(films) != 1:
        raise OutputInvalid(f"{len(films)} films instead of one")
    return films[0]


async def _cut_source(work: Work, source: Path, first: int, frames: int) -> Path:
    target = work.folder / f"segment_{first:05d}.mp4"
    chore: CutSegmentChore = {
        "do": "cut_segment",
        "source": str(source),
        "target": str(target),
        "fps": work.effective_input["fps"],
        "first": first,
        "frames": frames,
    }
    await do_chores([chore], otherwise=InputUnreadable)
    return target


def _build_join(order: FilmOrder, films: list[Path]) -> JoinForm:
    return {
        "clips": [{"path": str(film)} for film in films],
        "width": order.width,
        "height": order.height,
        "fps": str(order.fps),
        "audio": "mute",
        "frames": order.frames,
    }
