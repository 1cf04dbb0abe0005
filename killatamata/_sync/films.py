"""Films: the cut of a storyboard's takes, and what was rendered from it."""

from collections.abc import Sequence

from killatamata import fields
from killatamata._sync.paging import Page, Resource
from killatamata.timeouts import Timeout
from killatamata.types import Film, FilmHead, Plan, Storyboard, Thread
from killatamata.wire import build_query, build_wire_fields, to_wire_document, to_wire_names

FILMS_PATH = "/api/v1/studio/films"


class Films(Resource):
    """Films, each of one storyboard."""

    def list(self, *, limit: int = 24, timeout: Timeout | None = None) -> Page[FilmHead]:
        """Return the films without their cuts, the newest first."""
        return self._list(FilmHead, FILMS_PATH, build_query(limit=limit), timeout=timeout)

    def get(
        self,
        film_id: str | None = None,
        *,
        storyboard_asset_id: str | None = None,
        timeout: Timeout | None = None,
    ) -> Film:
        """Return a film with its cut, by its id or by its storyboard."""
        query = build_query(film_id=film_id, storyboard_asset_id=storyboard_asset_id)
        return self._transport.request_model(Film, "GET", FILMS_PATH, params=query, timeout=timeout)

    def create(
        self,
        title: str | None = None,
        *,
        script: str | None = None,
        document: fields.Storyboard | Storyboard | None = None,
        project_id: str | None = None,
        timeout: Timeout | None = None,
    ) -> Film:
        """Create a film of a script (Markdown or Fountain), of a document, or empty."""
        body = build_wire_fields(
            title=title, script=script, document=to_wire_document(document), project_id=project_id
        )
        return self._transport.request_model(Film, "POST", FILMS_PATH, json=body, timeout=timeout)

    def update(
        self,
        film_id: str,
        *,
        etag: str,
        title: str | None = None,
        cut: Sequence[fields.CutClip] | None = None,
        timeout: Timeout | None = None,
    ) -> Film:
        """Change title or cut of the version with this `etag`.

            client.studio.films.update(film.film_id, etag=film.etag, cut=[{"shot_id": "shot_1"}])

        Raises:
            PreconditionFailed: there is a newer version.
        """
        body = build_wire_fields(film_id=film_id, title=title, cut=cut and to_wire_names([*cut]))
        return self._transport.request_model(
            Film, "PATCH", FILMS_PATH, json=body, headers={"If-Match": etag}, timeout=timeout
        )

    def follow_storyboard(self, film_id: str, *, etag: str, timeout: Timeout | None = None) -> Film:
        """Drop the cut of a film, which follows its storyboard again.

        Raises:
            PreconditionFailed: there is a newer version.
        """
        body = {"filmId": film_id, "cut": None}
        return self._transport.request_model(
            Film, "PATCH", FILMS_PATH, json=body, headers={"If-Match": etag}, timeout=timeout
        )

    def create_thread(self, film_id: str, *, timeout: Timeout | None = None) -> Thread:
        """Return the thread of a film's talk with the agent; the first call creates it."""
        return self._transport.request_model(
            Thread, "POST", f"{FILMS_PATH}/thread", json={"filmId": film_id}, timeout=timeout
        )

    def prepare_render(self, film_id: str, *, timeout: Timeout | None = None) -> Plan:
        """Prepare a plan that makes the missing takes and joins the cut, at an exact price."""
        return self._transport.request_model(
            Plan, "POST", f"{FILMS_PATH}/prepare-render", json={"filmId": film_id}, timeout=timeout
        )
