"""video.combine: join clips on the worker's own CPU, frame exact, memory flat."""

from pathlib import Path

from gateway.media.tasks.input_json import InputJson
from workers.engines.base import Progress
from workers.pipelines.base import Output, Work, pipeline
from workers.pipelines.errors import ClipsDiffer
from workers.pipelines.film_join import join_films
from workers.pipelines.ingest import FilmOrder, ingest_film
from workers.video.clips import ClipForm, JoinForm
from workers.video.rates import to_frame_rate


@pipeline
async def run(work: Work) -> list[Output]:
    """Join the clips with their trims into one film of exactly `outputFrames`.

    Raises:
        PipelineFailed: a clip is not as declared, or the film could not be made.
    """
    values, files = work.effective_input, work.files("clips")
    if len(files) != len(values["clips"]):
        raise ClipsDiffer(f"{len(files)} files for {len(values['clips'])} clips")
    sound = values.get("audio", "concat")
    spec: JoinForm = {
        "clips": [
            _to_clip_form(path, clip) for path, clip in zip(files, values["clips"], strict=True)
        ],
        "width": values["width"],
        "height": values["height"],
        "fps": values["fps"],
        "audio": sound,
        "crossfadeAudioMs": values.get("crossfadeAudioMs", 0),
        "frames": values["outputFrames"],
    }
    film = await join_films(work, spec)
    order = FilmOrder(
        width=values["width"],
        height=values["height"],
        frames=values["outputFrames"],
        fps=to_frame_rate(values["fps"]),
        sound=sound != "mute",
    )
    outputs = await ingest_film(work, [film], order)
    await work.report_progress(Progress("save", 1, 1))
    return outputs


def _to_clip_form(path: Path, clip: InputJson) -> ClipForm:
    return {
        "path": str(path),
        "head": clip.get("trimHeadFrames") or 0,
        "tail": clip.get("trimTailFrames") or 0,
        "frames": (clip.get("video") or clip).get("frames"),
    }
