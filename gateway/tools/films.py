"""Tools for films, in a toolset of their own that clients have to select."""

from gateway.tools.base import Tool
from gateway.tools.plans import PLAN_PATHS, PLAN_PROMISE

FILMS = ("films",)
FILM_FIELDS = (
    "filmId", "title", "storyboardAssetId", "missingShots", "seconds", "threadId", "version",
    "etag",
)  # fmt: skip
CUT_PARTS = ("shotId", "source", "headFrames", "tailFrames", "overlapFrames")
CUT_PATHS = tuple(f"cut[].{name}" for name in (*CUT_PARTS, "seconds"))
TOOLS: dict[str, tuple[Tool, ...]] = {
    "getFilms": (
        Tool(
            name="film_get",
            title="Read films",
            toolsets=FILMS,
            description="Read a film with its cut, or list films. Every storyboard is a film.",
            hints="RI",
            arguments={"filmId": "", "storyboardAssetId": "", "cursor": "", "limit": ""},
        ),
    ),
    "createFilm": (
        Tool(
            name="film_create",
            title="Create a film",
            toolsets=FILMS,
            description="Create a film of a script, or an empty one.",
            arguments={"title": "", "script": "", "projectId": "", "idempotencyKey": ""},
            promise=("filmId", "storyboardAssetId", "etag"),
            result=FILM_FIELDS,
        ),
    ),
    "updateFilm": (
        Tool(
            name="film_update",
            title="Change a film",
            toolsets=FILMS,
            description="Change title or cut. Refused if it was changed since: read it again.",
            hints="I",
            arguments={
                "filmId": "",
                "title": "",
                "cut": "In order; null: as the board",
                "ifMatch": "",
            },
            nested={"cut": CUT_PARTS},
            promise=("filmId", "etag"),
            result=(*FILM_FIELDS, *CUT_PATHS),
        ),
    ),
    "createFilmThread": (
        Tool(
            name="film_talk",
            title="Open a film's talk",
            toolsets=FILMS,
            description="Return the thread of a film's talk; the first call creates it.",
            hints="I",
            arguments={"filmId": ""},
            promise=("threadId", "title"),
        ),
    ),
    "prepareFilmRender": (
        Tool(
            name="film_render_prepare",
            title="Prepare a film",
            toolsets=FILMS,
            description="Free: plans the missing takes of a film, then joins its cut. Show "
            "totalUsd, then plan_execute.",
            arguments={"filmId": ""},
            promise=PLAN_PROMISE,
            result=PLAN_PATHS,
        ),
    ),
}
