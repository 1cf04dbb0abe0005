"""A storyboard becomes the steps of one plan: a clip each shot, and the film. Pure.

A shot that continues another extends its clip by the tail alone, so its price is exact before
anything is made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gateway.kit.errors import InvalidInput
from gateway.media.tasks import lengths
from gateway.media.tasks.adjust import given_only, nearest_8n1
from gateway.media.tasks.base import InputJson
from gateway.media.tasks.camera import CAMERA
from gateway.media.tasks.video_generate import DEFAULT_FRAMES
from gateway.studio.errors import ShotIncomplete
from gateway.studio.storyboards.model import Measures, Shot, Storyboard

FILM, OTHER_FILM = "the_film", "THE_FILM"  # no shot can have the other as its id
MOST_STEPS = 50
LENGTHS = frozenset({"duration_frames", "duration_seconds"})
MOST_CONTINUED = lengths.MOST_NEW + 1
MOVES = {
    "pan_left": "The camera pans slowly to the left.",
    "pan_right": "The camera pans slowly to the right.",
    "tilt_up": "The camera tilts slowly up.",
    "tilt_down": "The camera tilts slowly down.",
    "handheld": "The camera is handheld and moves a little.",
    "orbit": "The camera moves slowly around the subject.",
    "zoom_in": "The picture zooms slowly in.",
    "zoom_out": "The picture zooms slowly out.",
}
PERFORMED = (
    "The composition of the first frame holds and the face stays readable; mouth, jaw, breath, "
    "shoulders and gestures follow each phrase."
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be rendered; `combine` None decides by whether every shot has one clip."""

    shot_ids: Sequence[str] | None = None
    mode: Literal["missing", "all"] = "missing"
    takes_per_shot: int = 1
    combine: bool | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan, without what the plan adds."""

    key: str
    operation: str
    input: InputJson
    shot_id: str | None = None


def steps(document: Storyboard, wish: Wish) -> list[Step]:
    """Return the steps that make the clips of the wished shots, and the film.

    Raises:
        InvalidInput: a shot that is not there, nothing to render, or more than 50 steps.
        ShotIncomplete: naming each shot that cannot be rendered as it is.
    """
    rendering = _Rendering(document, wish, _chosen(document, wish))
    found = [step for shot in rendering.chosen.values() for step in rendering.clips(shot)]
    if film := rendering.film():
        found.append(film)
    if rendering.errors:
        names = ", ".join(dict.fromkeys(error["shotId"] for error in rendering.errors))
        raise ShotIncomplete(f"These cannot be rendered: {names}.", errors=rendering.errors)
    if len(found) > MOST_STEPS:
        raise InvalidInput(
            f"This needs {len(found)} steps; a plan can have at most {MOST_STEPS}.",
            field="shotIds",
            hint="Render fewer shots or takes at once.",
        )
    return found


def _chosen(document: Storyboard, wish: Wish) -> dict[str, Shot]:
    known = {shot.id: shot for shot in document.shots()}
    for place, name in enumerate(wish.shot_ids or ()):
        if name not in known:
            raise InvalidInput(f"There is no shot `{name}`.", field=f"shotIds.{place}")
    wanted = known.keys() if wish.shot_ids is None else set(wish.shot_ids)
    chosen = {
        name: shot
        for name, shot in known.items()
        if name in wanted and (wish.mode == "all" or shot.take is None)
    }
    if not chosen:
        raise InvalidInput(
            "There is no shot to render.",
            field="mode",
            hint="Use mode `all` (or `--all`) to render shots that have a take, or add shots.",
        )
    return chosen


@dataclass(slots=True)
class _Rendering:
    """One storyboard on its way to steps; `chosen` are the shots to render, by id."""

    document: Storyboard
    wish: Wish
    chosen: Mapping[str, Shot]
    errors: list[dict[str, str]] = field(default_factory=list)

    def clips(self, shot: Shot) -> list[Step]:
        """Return the steps of one shot: as many as takes are wished."""
        if shot.prompt is None and shot.action is None:
            self._refuse(shot, "needs a prompt or an action", "Write one of them.")
            return []
        operation, given = self._continued(shot) if shot.continuity else self._new(shot)
        takes = self.wish.takes_per_shot
        if takes == 1:
            return [Step(shot.id, operation, given, shot.id)]
        seed = given.get("seed")
        return [
            Step(
                f"{shot.id}_{take + 1}",
                operation,
                given | ({} if seed is None else {"seed": seed + take}),
                shot.id,
            )
            for take in range(takes)
        ]

    def film(self) -> Step | None:
        """Return the step that joins the clips of all shots, if it is wished and can be."""
        shots = list(self.document.shots())
        clips = {shot.id: self._clip(shot) for shot in shots}
        missing = [shot for shot in shots if clips[shot.id] is None]
        usual = not missing and len(shots) > 1 and self.wish.takes_per_shot == 1
        if not (usual if self.wish.combine is None else self.wish.combine):
            return None
        for shot in missing:
            message = "must have exactly one clip to go into the film"
            self._refuse(shot, message, "Choose its take, or omit `combine`.")
        parts = [
            {"videoUrl": clips[shot.id], "trimHeadFrames": _overlap(shot) if shot.continuity else 0}
            for shot in shots
        ]
        key = OTHER_FILM if FILM in self.chosen else FILM
        return Step(key, "video.combine", {"clips": parts})

    def _new(self, shot: Shot) -> tuple[str, InputJson]:
        measures = self._measures(shot)
        motion = shot.movement if shot.movement in CAMERA else None
        return "video.generate", given_only(
            {
                "prompt": prompt_of(shot, said_elsewhere=motion is not None),
                "negativePrompt": shot.negative_prompt,
                **measures.model_dump(by_alias=True, exclude_none=True),
                "startFrameImageUrl": shot.start_frame,
                "finalFrameImageUrl": shot.final_frame,
                "referenceAudioUrl": shot.reference_audio,
                "cameraMotion": motion,
            }
        )

    def _continued(self, shot: Shot) -> tuple[str, InputJson]:
        measures = self._measures(shot)
        seconds, frames = measures.duration_seconds, measures.duration_frames or DEFAULT_FRAMES
        if seconds is None and frames > MOST_CONTINUED:
            message = f"continues another shot and can have at most {MOST_CONTINUED} frames"
            self._refuse(shot, message, f"Set durationFrames to {MOST_CONTINUED} or less.")
        if shot.start_frame is not None:
            message = "continues another shot and cannot have a startFrame"
            self._refuse(shot, message, "Take `startFrame` or `continuity` away.")
        return "video.extend", given_only(
            {
                "prompt": prompt_of(shot),
                "negativePrompt": shot.negative_prompt,
                "videoUrl": self._source(shot),
                "outputMode": "tail",
                "overlapFrames": _overlap(shot),
                "extendFrames": frames - 1 if seconds is None else None,
                "extendSeconds": seconds,
                "finalFrameImageUrl": shot.final_frame,
                "referenceAudioUrl": shot.reference_audio,
                "generateAudio": measures.generate_audio,
                "seed": measures.seed,
            }
        )

    def _source(self, shot: Shot) -> str | None:
        """Return the clip that a shot continues."""
        earlier = {each.id: each for each in self.document.shots()}
        name = shot.continuity.from_shot_id if shot.continuity else ""
        clip = self._clip(earlier[name])
        if clip is None:
            message = f"continues {name}, which must have exactly one clip"
            self._refuse(shot, message, f"Choose a take of {name}, or render it with one take.")
        return clip

    def _clip(self, shot: Shot) -> str | None:
        """Return the one clip of a shot: made by this plan, or its chosen take."""
        if shot.id in self.chosen and self.wish.takes_per_shot == 1:
            return f"step://{shot.id}/0"
        return shot.take

    def _measures(self, shot: Shot) -> Measures:
        """Return size, rate, length, seed and sound: the shot's own, else the storyboard's.

        The length is one measure in either of two units.
        """
        given = {name: getattr(shot, name) for name in Measures.model_fields}
        own = {name: value for name, value in given.items() if value is not None}
        defaults = self.document.defaults or Measures()
        if not LENGTHS.isdisjoint(own):
            defaults = defaults.model_copy(update=dict.fromkeys(LENGTHS))
        return defaults.model_copy(update=own)

    def _refuse(self, shot: Shot, message: str, hint: str) -> None:
        places = {
            each.id: f"document.scenes.{number}.shots.{place}"
            for number, scene in enumerate(self.document.scenes)
            for place, each in enumerate(scene.shots)
        }
        error = {"field": places[shot.id], "shotId": shot.id, "message": message, "hint": hint}
        self.errors.append(error)


def prompt_of(shot: Shot, *, said_elsewhere: bool = False) -> str:
    """Return the prompt of a shot: its own, else action and dialogue; then camera and movement.

    `said_elsewhere` leaves the movement to the task.
    """
    parts = [shot.prompt] if shot.prompt is not None else _composed(shot)
    sentences = CAMERA | MOVES
    if shot.camera is not None:
        parts.append(sentences.get(shot.camera, shot.camera))
    if shot.movement is not None and not said_elsewhere:
        parts.append(sentences[shot.movement])
    *earlier, last = parts
    return " ".join([*(f"{part}." if part[-1].isalnum() else part for part in earlier), last])


def _composed(shot: Shot) -> list[str]:
    """Return the action as one paragraph, and the dialogue as an anchored performance."""
    parts = [" ".join(shot.action.split())] if shot.action is not None else []
    for said in shot.dialogue:
        how = f" ({said.parenthetical})" if said.parenthetical else ""
        parts.append(f'{said.character}{how} says: "{said.line}"')
    return [*parts, PERFORMED] if shot.dialogue else parts


def _overlap(shot: Shot) -> int:
    """Return the frames at the head of a continued clip that repeat the earlier one."""
    return nearest_8n1(shot.continuity.overlap_frames) if shot.continuity else 0
