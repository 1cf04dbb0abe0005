"""The timeline of a film: its clips in order, and what is cut off each.

It edits the cut of the film; the board stays the script. Every form names the version that it
shows, so the numbers of its fields always belong to the clips that they were shown for.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import InvalidInput, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.kit.wire.json_text import JsonObject
from gateway.pages.dialogs import next_form_key
from gateway.pages.field_words import format_label
from gateway.pages.films.film_frame import FILM_PATH, FilmFrame, build_film_path
from gateway.pages.films.film_words import format_clock, format_length
from gateway.pages.films.timeline_drawing import draw_timeline
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell
from gateway.pages.studio.studio_client import StudioClient
from gateway.studio.errors import VersionConflict
from gateway.studio.films import operations as films
from gateway.studio.films.schemas import Film, FilmClip

TRIM_FIELDS = ("headFrames", "tailFrames", "overlapFrames")
MOST_DIGITS = 6
CHANGED = "The film was changed meanwhile. It is shown here as it is now."
REPEAT = "Nothing was changed; repeat it if you still want to."


@dataclass(frozen=True, slots=True)
class ClipRow:
    """A clip with its fields as texts; `begins` and `ends` are where the preview plays it."""

    number: int
    clip: FilmClip
    words: str
    length: str
    whole: str
    fields: Mapping[str, str]
    begins: float
    ends: float


class TimelinePages:
    """The views of the timeline."""

    def __init__(self, client: OperationClient) -> None:
        self._studio, self._client, self._frame = StudioClient(client), client, FilmFrame(client)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        view = self._client.person_view(self.answer_timeline)
        return [Route(f"{FILM_PATH}/timeline", view, methods=["GET", "POST"])]

    async def answer_timeline(self, request: Request, caller: Caller) -> Response:
        """Show the timeline, or change the cut; a script swaps only the timeline itself."""
        problem: Problem | None = None
        posted: Mapping[str, str] = {}
        is_part = "hx-request" in request.headers
        film = await self._frame.read_film(request, caller)
        if request.method == "POST":
            posted = await self._studio.read_form(request)
            try:
                film = await self._save_cut(request, caller, film, posted)
            except Problem as refused:
                problem = refused
            else:
                if not is_part:
                    path = f"{build_film_path(film)}/timeline"
                    return see_other(get_shell(request).to(path))
        if isinstance(problem, VersionConflict):
            problem, posted = VersionConflict(CHANGED, hint=REPEAT), {}
            film = await self._frame.read_film(request, caller)
        words = await self._frame.list_shot_words(request, caller, film)
        rows = build_rows(film, words, posted if problem else {})
        lengths = [clip.seconds for clip in film.cut]
        shown = {clip.shot_id for clip in film.cut}
        return render_page(
            request,
            "films/timeline_body.html" if is_part else "films/timeline.html",
            problem=problem,
            **await self._frame.build_values(film, caller, "timeline"),
            rows=rows,
            drawing=draw_timeline(lengths),
            length=format_length(sum(length or 0 for length in lengths)),
            clock=format_clock,
            is_part=is_part,
            trims={name: format_label(f"cut.{name}") for name in TRIM_FIELDS},
            left_out={shot: text for shot, text in words.items() if shot not in shown},
            here=f"{build_film_path(film)}/timeline",
            key=next_form_key(posted, problem),
        )

    async def _save_cut(
        self, request: Request, caller: Caller, film: Film, posted: Mapping[str, str]
    ) -> Film:
        """Save the cut that a form asks for; return the film as it is then.

        Raises:
            Problem: any refusal.
        """
        if posted.get("etag") != film.etag:
            raise VersionConflict(CHANGED, hint=REPEAT)
        body = {"filmId": film.film_id, "cut": plan_cut(film, posted)}
        answer = await self._studio.write(
            films.update_film, request, caller, body, seen_etag=film.etag
        )
        return Film.model_validate(answer)


def plan_cut(film: Film, posted: Mapping[str, str]) -> list[JsonObject] | None:
    """Return the cut that a form asks for; None follows the board again.

    Raises:
        InvalidInput: a field is no number, or the pressed button is about no clip.
    """
    verb, _, about = posted.get("act", "").partition(" ")
    if verb == "follow":
        return None
    cut: list[JsonObject] = [
        {"shotId": clip.shot_id, "source": clip.source}
        | {name: _read_frames(clip, name, posted, number) for name in TRIM_FIELDS}
        for number, clip in enumerate(film.cut, 1)
    ]
    if verb == "add":
        return [*cut, {"shotId": posted.get("shot", "")}]
    if verb in {"up", "down", "remove"}:
        place = int(about) - 1 if about.isdecimal() and len(about) < MOST_DIGITS else len(cut)
        if place not in range(len(cut)):
            raise InvalidInput("This clip is not in the film.")
        clip = cut.pop(place)
        if verb != "remove":
            cut.insert(max(0, place + (-1 if verb == "up" else 1)), clip)
    return cut


def _read_frames(clip: FilmClip, name: str, posted: Mapping[str, str], number: int) -> int:
    """Read one number of a clip; what the form does not hold stays as it is.

    Raises:
        InvalidInput: it is no whole number, or leaves nothing of the clip.
    """
    now = {
        "headFrames": clip.head_frames,
        "tailFrames": clip.tail_frames,
        "overlapFrames": clip.overlap_frames,
    }[name]
    text = posted.get(f"{name}-{number}", str(now)).strip() or "0"
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        words = format_label(f"cut.{name}")
        raise InvalidInput(f"“{words}” of clip {number} must be a whole number.")
    return int(text)


def build_rows(film: Film, words: Mapping[str, str], posted: Mapping[str, str]) -> list[ClipRow]:
    """Return the clips as their rows show them; `posted` are fields that were refused."""
    rows = []
    for number, clip in enumerate(film.cut, 1):
        fields = {
            name: posted.get(f"{name}-{number}", str(frames))
            for name, frames in zip(
                TRIM_FIELDS, (clip.head_frames, clip.tail_frames, clip.overlap_frames), strict=True
            )
        }
        begins, ends = _find_part(clip)
        rows.append(
            ClipRow(
                number=number,
                clip=clip,
                words=words.get(clip.shot_id or "", "A clip of its own"),
                length="" if clip.seconds is None else format_length(clip.seconds),
                whole=format_length(clip.frames / clip.fps) if clip.frames and clip.fps else "",
                fields=fields,
                begins=begins,
                ends=ends,
            )
        )
    return rows


def _find_part(clip: FilmClip) -> tuple[float, float]:
    """Return where the cut begins and ends in a clip, in seconds; both 0 if it is not made yet."""
    if not clip.frames or not clip.fps:
        return 0.0, 0.0
    head = clip.head_frames + clip.overlap_frames
    return round(head / clip.fps, 3), round((clip.frames - clip.tail_frames) / clip.fps, 3)
