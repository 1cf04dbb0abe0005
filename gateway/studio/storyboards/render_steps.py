"""The steps of the plan that renders a storyboard: a clip for each shot, and the film. Pure.

A shot that continues another becomes `video.extend` of that shot's clip, which may be made by an
earlier step of the same plan (`step://`). It outputs the tail alone, so that its length and price
depend on no clip that is still to be made; the film cuts off the overlap at the head.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gateway.kit.errors import InvalidInput
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.rules import lengths
from gateway.media.tasks.rules.adjustments import drop_none_values, round_to_8n1
from gateway.media.tasks.rules.camera import CAMERA_SENTENCES
from gateway.media.tasks.video_generate import DEFAULT_FRAMES
from gateway.studio.errors import ShotIncomplete
from gateway.studio.storyboards.model import Measures, Shot, Storyboard

# The key of the film step. Ids of shots are lower case, so the second one is always free.
FILM_KEY, OTHER_FILM_KEY = "the_film", "THE_FILM"
MOST_STEPS = 50
LENGTH_FIELDS = frozenset({"duration_frames", "duration_seconds"})
MOST_CONTINUED_FRAMES = lengths.MOST_NEW_FRAMES + 1
MOVEMENT_SENTENCES = {
    "pan_left": "The camera pans slowly to the left.",
    "pan_right": "The camera pans slowly to the right.",
    "tilt_up": "The camera tilts slowly up.",
    "tilt_down": "The camera tilts slowly down.",
    "handheld": "The camera is handheld and moves a little.",
    "orbit": "The camera moves slowly around the subject.",
    "zoom_in": "The picture zooms slowly in.",
    "zoom_out": "The picture zooms slowly out.",
}
PERFORMANCE_SENTENCE = (
    "The composition of the first frame holds and the face stays readable; mouth, jaw, breath, "
    "shoulders and gestures follow each phrase."
)


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """The options of a render.

    `mode`: shots without a take, or all. `combine` None: make the film if it has several shots and
    each has exactly one clip.
    """

    shot_ids: Sequence[str] | None = None
    mode: Literal["missing", "all"] = "missing"
    takes_per_shot: int = 1
    combine: bool | None = None


@dataclass(frozen=True, slots=True)
class RenderStep:
    """One step of the plan, as the plan is prepared from it."""

    key: str
    operation: str
    input: InputJson
    shot_id: str | None = None


def build_render_steps(document: Storyboard, options: RenderOptions) -> list[RenderStep]:
    """Return the steps that make the clips of the selected shots, and the film.

    Raises:
        InvalidInput: a shot does not exist, there is nothing to render, or more than 50 steps.
        ShotIncomplete: shots cannot be rendered as they are; all of them are named at once.
    """
    rendering = _StepBuilder(document, options, _select_shots(document, options))
    planned = [
        step
        for shot in rendering.selected_shots.values()
        for step in rendering.build_clip_steps(shot)
    ]
    if film := rendering.build_film_step():
        planned.append(film)
    if rendering.errors:
        names = ", ".join(dict.fromkeys(error["shotId"] for error in rendering.errors))
        raise ShotIncomplete(f"These cannot be rendered: {names}.", errors=rendering.errors)
    if len(planned) > MOST_STEPS:
        raise InvalidInput(
            f"This needs {len(planned)} steps; a plan can have at most {MOST_STEPS}.",
            field="shotIds",
            hint="Render fewer shots or takes at once.",
        )
    return planned


def _select_shots(document: Storyboard, options: RenderOptions) -> dict[str, Shot]:
    """Return the shots to render by id, in the order of the storyboard.

    Raises:
        InvalidInput: a named shot does not exist, or there is nothing to render.
    """
    known = {shot.id: shot for shot in document.shots()}
    for place, name in enumerate(options.shot_ids or ()):
        if name not in known:
            raise InvalidInput(f"There is no shot `{name}`.", field=f"shotIds.{place}")
    named = known.keys() if options.shot_ids is None else set(options.shot_ids)
    chosen = {
        name: shot
        for name, shot in known.items()
        if name in named and (options.mode == "all" or shot.take is None)
    }
    if not chosen:
        raise InvalidInput(
            "There is no shot to render.",
            field="mode",
            hint="Use mode `all` (or `--all`) to render shots that have a take, or add shots.",
        )
    return chosen


@dataclass(slots=True)
class _StepBuilder:
    """The builder of the steps of one render; `selected_shots` are the shots to render, by id.

    It collects the errors of all shots, so that one answer names them all.
    """

    document: Storyboard
    options: RenderOptions
    selected_shots: Mapping[str, Shot]
    errors: list[dict[str, str]] = field(default_factory=list)

    def build_clip_steps(self, shot: Shot) -> list[RenderStep]:
        """Return the steps of one shot: one for each take."""
        if shot.prompt is None and shot.action is None:
            self._add_error(shot, "needs a prompt or an action", "Write one of them.")
            return []
        operation, task_input = (
            self._build_extend_input(shot) if shot.continuity else self._build_generate_input(shot)
        )
        takes = self.options.takes_per_shot
        if takes == 1:
            return [RenderStep(shot.id, operation, task_input, shot.id)]
        # Each take needs another seed, or all would be the same clip. Without one the task draws.
        seed = task_input.get("seed")
        return [
            RenderStep(
                f"{shot.id}_{take + 1}",
                operation,
                task_input | ({} if seed is None else {"seed": seed + take}),
                shot.id,
            )
            for take in range(takes)
        ]

    def build_film_step(self) -> RenderStep | None:
        """Return the step that joins the clips of all shots, or None without a film.

        If the caller asked for a film, each shot without one clip is an error.
        """
        shots = list(self.document.shots())
        clips = {shot.id: self._find_clip(shot) for shot in shots}
        missing = [shot for shot in shots if clips[shot.id] is None]
        is_default = not missing and len(shots) > 1 and self.options.takes_per_shot == 1
        if not (is_default if self.options.combine is None else self.options.combine):
            return None
        for shot in missing:
            message = "must have exactly one clip to go into the film"
            self._add_error(shot, message, "Choose its take, or omit `combine`.")
        parts = [
            {
                "videoUrl": clips[shot.id],
                "trimHeadFrames": get_overlap_frames(shot) if shot.continuity else 0,
            }
            for shot in shots
        ]
        key = OTHER_FILM_KEY if FILM_KEY in self.selected_shots else FILM_KEY
        return RenderStep(key, "video.combine", {"clips": parts})

    def _build_generate_input(self, shot: Shot) -> tuple[str, InputJson]:
        """Return task and input of a shot that begins by itself."""
        measures = merge_measures(self.document, shot)
        motion = shot.movement if shot.movement in CAMERA_SENTENCES else None
        return "video.generate", drop_none_values(
            {
                "prompt": compose_prompt(shot, without_movement=motion is not None),
                "negativePrompt": shot.negative_prompt,
                **measures.model_dump(by_alias=True, exclude_none=True),
                "startFrameImageUrl": shot.start_frame,
                "finalFrameImageUrl": shot.final_frame,
                "referenceAudioUrl": shot.reference_audio,
                "cameraMotion": motion,
            }
        )

    def _build_extend_input(self, shot: Shot) -> tuple[str, InputJson]:
        """Return task and input of a shot that continues another one."""
        measures = merge_measures(self.document, shot)
        seconds, frames = measures.duration_seconds, measures.duration_frames or DEFAULT_FRAMES
        if seconds is None and frames > MOST_CONTINUED_FRAMES:
            message = f"continues another shot and can have at most {MOST_CONTINUED_FRAMES} frames"
            self._add_error(
                shot, message, f"Set durationFrames to {MOST_CONTINUED_FRAMES} or less."
            )
        if shot.start_frame is not None:
            message = "continues another shot and cannot have a startFrame"
            self._add_error(shot, message, "Take `startFrame` or `continuity` away.")
        return "video.extend", drop_none_values(
            {
                "prompt": compose_prompt(shot),
                "negativePrompt": shot.negative_prompt,
                "videoUrl": self._get_continued_clip(shot),
                "outputMode": "tail",
                "overlapFrames": get_overlap_frames(shot),
                "extendFrames": frames - 1 if seconds is None else None,
                "extendSeconds": seconds,
                "finalFrameImageUrl": shot.final_frame,
                "referenceAudioUrl": shot.reference_audio,
                "generateAudio": measures.generate_audio,
                "seed": measures.seed,
            }
        )

    def _get_continued_clip(self, shot: Shot) -> str | None:
        """Return the URL of the clip that a shot continues; None after an error."""
        earlier = {each.id: each for each in self.document.shots()}
        name = shot.continuity.from_shot_id if shot.continuity else ""
        clip = self._find_clip(earlier[name])
        if clip is None:
            message = f"continues {name}, which must have exactly one clip"
            self._add_error(shot, message, f"Choose a take of {name}, or render it with one take.")
        return clip

    def _find_clip(self, shot: Shot) -> str | None:
        """Return the URL of the one clip of a shot: made by this plan, or its chosen take."""
        if shot.id in self.selected_shots and self.options.takes_per_shot == 1:
            return f"step://{shot.id}/0"
        return shot.take

    def _add_error(self, shot: Shot, message: str, hint: str) -> None:
        places = {
            each.id: f"document.scenes.{number}.shots.{place}"
            for number, scene in enumerate(self.document.scenes)
            for place, each in enumerate(scene.shots)
        }
        error = {"field": places[shot.id], "shotId": shot.id, "message": message, "hint": hint}
        self.errors.append(error)


def merge_measures(document: Storyboard, shot: Shot) -> Measures:
    """Return size, rate, length, seed and sound: the shot's own, else the storyboard's.

    A length in seconds also replaces a default in frames, and the other way round: else both
    would be set.
    """
    values = {name: getattr(shot, name) for name in Measures.model_fields}
    own = {name: value for name, value in values.items() if value is not None}
    defaults = document.defaults or Measures()
    if not LENGTH_FIELDS.isdisjoint(own):
        defaults = defaults.model_copy(update=dict.fromkeys(LENGTH_FIELDS))
    return defaults.model_copy(update=own)


def compose_prompt(shot: Shot, *, without_movement: bool = False) -> str:
    """Compose the prompt of a shot: its own, else action and dialogue; then camera and movement.

    `without_movement` leaves the movement out, because the task has a field for it.
    """
    parts = [shot.prompt] if shot.prompt is not None else _compose_action(shot)
    sentences = CAMERA_SENTENCES | MOVEMENT_SENTENCES
    if shot.camera is not None:
        parts.append(sentences.get(shot.camera, shot.camera))
    if shot.movement is not None and not without_movement:
        parts.append(sentences[shot.movement])
    *earlier, last = parts
    return " ".join([*(f"{part}." if part[-1].isalnum() else part for part in earlier), last])


def _compose_action(shot: Shot) -> list[str]:
    """Return the action as one paragraph, and the dialogue with a sentence on its performance."""
    parts = [" ".join(shot.action.split())] if shot.action is not None else []
    for speech in shot.dialogue:
        manner = f" ({speech.parenthetical})" if speech.parenthetical else ""
        parts.append(f'{speech.character}{manner} says: "{speech.line}"')
    return [*parts, PERFORMANCE_SENTENCE] if shot.dialogue else parts


def get_overlap_frames(shot: Shot) -> int:
    """Return the number of frames at the head of a clip that repeat the one it continues."""
    return round_to_8n1(shot.continuity.overlap_frames) if shot.continuity else 0
