"""Films as a place for clips of the grid: the list to choose from, and clips added to a cut."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from gateway.kit.errors import BadRequest
from gateway.kit.operation import Caller
from gateway.media.tasks.video_combine import MOST_CLIPS
from gateway.pages.answers import WireAnswer
from gateway.pages.operation_client import OperationClient
from gateway.pages.studio.studio_client import StudioClient
from gateway.studio.films import operations as films

FILMS_PATH = "/films"
MOST_LISTED = "24"
CUT_FIELDS = ("shotId", "source", "headFrames", "tailFrames", "overlapFrames")


@dataclass(frozen=True, slots=True)
class FilmClips:
    """Lists films, and adds clips to the end of their cuts."""

    client: OperationClient

    async def list_films(self, request: Request, caller: Caller) -> list[WireAnswer]:
        """List the newest films."""
        answer = await self.client.read_wire(films.get_films, request, caller, limit=MOST_LISTED)
        listed: list[WireAnswer] = answer["data"]
        return listed

    async def find_film(
        self, request: Request, caller: Caller, film_id: str, count: int
    ) -> WireAnswer | None:
        """Read the film that takes this many more clips; None stands for a new one.

        Raises:
            NotFound: there is no such film.
            BadRequest: it would have too many clips.
        """
        film = None
        if film_id:
            studio = StudioClient(self.client)
            film = await studio.read(films.get_films, request, caller, filmId=film_id)
        if count + len(film["cut"] if film else ()) > MOST_CLIPS:
            raise BadRequest(
                f"A film takes up to {MOST_CLIPS} clips. Nothing was added.",
                hint="Choose fewer, or another film.",
            )
        return film

    async def add_clips(
        self, request: Request, caller: Caller, film: WireAnswer | None, sources: Sequence[str]
    ) -> str:
        """Add clips to the end of a film, or of a new one; return the path of its page.

        Raises:
            Problem: any refusal, as when the film was changed since it was read.
        """
        studio = StudioClient(self.client)
        if film is None:
            film = await studio.write(films.create_film, request, caller, {})
        cut = [
            {name: clip[name] for name in CUT_FIELDS if clip[name] is not None}
            for clip in film["cut"]
        ]
        body = {
            "filmId": film["filmId"],
            "cut": [*cut, *({"source": source} for source in sources)],
        }
        await studio.write(films.update_film, request, caller, body, seen_etag=film["etag"])
        return f"{FILMS_PATH}/{film['filmId']}"
