"""Films as they are read: storyboard, cut, clips and renders put together, a batch at a time."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.http.signed_urls import SignedUrls
from gateway.kit.money import to_amount_fields
from gateway.library import asset_queries, asset_rendering
from gateway.library.asset_queries import OutputPlace
from gateway.library.assets import Asset
from gateway.media.jobs.outputs import list_hidden_outputs
from gateway.studio.documents.takes import fill_takes, list_roomless_clips, sum_take_prices
from gateway.studio.documents.versions import list_newest_contents
from gateway.studio.films import cut as cuts
from gateway.studio.films.cut import CutClip
from gateway.studio.films.rows import (
    FIRST_VERSION,
    build_etag,
    film_id_from_storyboard,
    list_film_rows,
    list_renders,
    list_running_plans,
)
from gateway.studio.films.schemas import Film, FilmClip, FilmHead, FilmOutput
from gateway.studio.films.tables import Film as FilmRow
from gateway.studio.films.tables import FilmRender
from gateway.studio.storyboards.model import Storyboard, parse_storyboard
from gateway.studio.threads.threads import list_open_thread_ids

ASSET_SCHEME, JOB_SCHEME = "asset://", "job://"


@dataclass(slots=True)
class LoadedFilm:
    """A film with all that its wire form needs; `assets` are its clips and renders by id.

    `board` has a take for each clip that there is (`fill_takes`), `written` only the chosen ones.
    `kept` are the assets that keep renders which had no room when they were made. `thread_id` is
    that of its talk, unless it was archived. `stored_sources` are clips that can be shown.
    """

    asset: Asset
    board: Storyboard
    written: Storyboard
    row: FilmRow | None
    renders: Sequence[FilmRender]
    takes_microusd: int
    running_plan_id: str | None
    cut: list[CutClip]
    kept: Mapping[OutputPlace, str]
    thread_id: str | None = None
    assets: dict[str, Asset] = field(default_factory=dict)
    stored_sources: Container[str] = ()

    @property
    def film_id(self) -> str:
        """Return the id of the film."""
        return film_id_from_storyboard(self.asset.id)

    @property
    def version(self) -> int:
        """Return the version of the film."""
        return FIRST_VERSION if self.row is None else self.row.version

    @property
    def etag(self) -> str:
        """Return the strong ETag of the film."""
        return build_etag(self.film_id, self.version, self.asset.version)

    def find_asset(self, source: str | None) -> Asset | None:
        """Return the kept asset of a source, or None."""
        return self.assets.get((source or "").removeprefix(ASSET_SCHEME))

    def list_sources(self) -> list[str | None]:
        """Return the source of each clip in the cut; None while its take is to be made."""
        shots = {shot.id: shot for shot in self.board.shots()}
        return [cuts.find_source(clip, shots) for clip in self.cut]

    def find_final_asset_id(self) -> str | None:
        """Return the asset of the finished film, or None.

        A film of one clip that nothing is cut off is that clip: there is nothing to join.
        """
        if self.renders:
            newest = self.renders[-1]
            return newest.film_asset_id or self.kept.get((newest.job_id, 0))
        (source, *others) = [*self.list_sources(), None]
        if others != [None] or source is None or not source.startswith(ASSET_SCHEME):
            return None
        return source.removeprefix(ASSET_SCHEME) if cuts.is_whole(self.cut[0]) else None


async def load_films(
    session: Session, account: int, storyboards: Sequence[Asset]
) -> list[LoadedFilm]:
    """Load the films of storyboards, in their order."""
    ids = [asset.id for asset in storyboards]
    contents = await list_newest_contents(session, storyboards)
    rows, renders = await list_film_rows(session, ids), await list_renders(session, ids)
    prices, running = await sum_take_prices(session, ids), await list_running_plans(session, ids)
    clips = await list_roomless_clips(session, ids)
    newest = [each[-1] for each in renders.values()]
    roomless = [render.job_id for render in newest if render.film_asset_id is None]
    kept = await asset_queries.list_output_asset_ids(session, roomless) if roomless else {}
    talks = {id_: row.thread_id for id_, row in rows.items() if row.thread_id is not None}
    open_threads = await list_open_thread_ids(session, sorted(set(talks.values())))
    films = []
    for asset in storyboards:
        written, row = parse_storyboard(contents[asset.id]), rows.get(asset.id)
        board = fill_takes(written, clips.get(asset.id, {}))
        own_cut = None if row is None else row.cut_json
        films.append(
            LoadedFilm(
                asset=asset,
                board=board,
                written=written,
                row=row,
                renders=renders.get(asset.id, ()),
                takes_microusd=prices.get(asset.id, 0),
                running_plan_id=running.get(asset.id),
                cut=cuts.derive_cut(board) if own_cut is None else cuts.parse_cut(own_cut, board),
                kept=kept,
                thread_id=talks.get(asset.id) if talks.get(asset.id) in open_threads else None,
            )
        )
    await _add_assets(session, account, films)
    return films


async def _add_assets(session: Session, account: int, films: Sequence[LoadedFilm]) -> None:
    """Add to films the assets that they name, read at once; not those of deleted results."""
    wanted = {
        film.film_id: {
            asset_id
            for asset_id in (
                film.find_final_asset_id(),
                *(source.removeprefix(ASSET_SCHEME) for source in film.list_sources() if source),
            )
            if asset_id is not None
        }
        for film in films
    }
    every_id = sorted(set().union(*wanted.values()))
    places: dict[str, OutputPlace] = {}
    assets = await asset_queries.list_assets(session, account, every_id)
    for asset in assets:
        places[f"{ASSET_SCHEME}{asset.id}"] = asset.job_id or "", asset.output_index or 0
    for source in {source for film in films for source in film.list_sources() if source}:
        if source.startswith(JOB_SCHEME):
            job_id, _, index = source.removeprefix(JOB_SCHEME).partition("/")
            places[source] = job_id, int(index)
    hidden = await list_hidden_outputs(session, set(places.values()))
    found = {each.id: each for each in assets if places[f"{ASSET_SCHEME}{each.id}"] not in hidden}
    stored = {source for source, place in places.items() if place not in hidden}
    for film in films:
        film.assets = {each: found[each] for each in wanted[film.film_id] if each in found}
        film.stored_sources = stored


@dataclass(frozen=True, slots=True)
class FilmRenderer:
    """Renders films in their wire form; URLs are signed at `now`."""

    urls: SignedUrls
    now: int

    def render_head(self, film: LoadedFilm) -> FilmHead:
        """Return a film without its cut."""
        return FilmHead.model_validate(self._build_head_fields(film))

    def render_film(self, film: LoadedFilm) -> Film:
        """Return a film with its cut."""
        sources = film.list_sources()
        return Film.model_validate(
            self._build_head_fields(film)
            | {
                "cut": [
                    self._render_clip(film, clip, source)
                    for clip, source in zip(film.cut, sources, strict=True)
                ],
                "cut_edited": film.row is not None and film.row.cut_json is not None,
            }
        )

    def _build_head_fields(self, film: LoadedFilm) -> dict[str, object]:
        final = film.assets.get(film.find_final_asset_id() or "")
        spent = film.takes_microusd + sum(render.price_microusd for render in film.renders)
        changes = [render.created_at for render in film.renders]
        if film.row is not None:
            changes.append(film.row.updated_at)
        return {
            "film_id": film.film_id,
            "title": film.board.title,
            "project_id": film.asset.project_id,
            "storyboard_asset_id": film.asset.id,
            "shot_count": sum(1 for _ in film.board.shots()),
            "missing_shots": cuts.list_missing_shots(film.board, film.cut),
            "rendering_plan_id": film.running_plan_id,
            "final_output": self._render_output(film, final),
            "poster": _find_poster(film, final),
            "thread_id": film.thread_id,
            "seconds": None if final is None else _measure_seconds(final),
            **to_amount_fields("cost", spent),
            "version": film.version,
            "etag": film.etag,
            "created_at": to_iso(film.asset.created_at),
            "updated_at": to_iso(max(film.asset.updated_at, *changes, 0)),
        }

    def _render_output(self, film: LoadedFilm, final: Asset | None) -> FilmOutput | None:
        """Return the newest render; of a film of one clip, that clip."""
        render = film.renders[-1] if film.renders else None
        if render is None and final is None:
            return None
        created_at = render.created_at if render else final.created_at if final else 0
        return FilmOutput(
            number=max(1, len(film.renders)),
            job_id=render.job_id if render else final.job_id if final else None,
            output_index=(final.output_index or 0) if final else 0,
            asset_id=None if final is None else final.id,
            url=None if final is None else self._sign_url(final),
            bytes=None if final is None else final.size_bytes,
            width=None if final is None else final.width,
            height=None if final is None else final.height,
            created_at=to_iso(created_at),
        )

    def _render_clip(self, film: LoadedFilm, clip: CutClip, source: str | None) -> FilmClip:
        asset = film.find_asset(source)
        fps = None if asset is None or asset.fps is None else Fraction(asset.fps)
        frames = None if asset is None else asset.frames
        seconds = cuts.plan_seconds(clip, film.board) if source is None else None
        if frames is not None and fps:
            cut_frames = clip.head_frames + clip.overlap_frames + clip.tail_frames
            seconds = float(max(0, frames - cut_frames) / fps)
        return FilmClip(
            **clip.model_dump(),
            clip=source,
            url=None if asset is None else self._sign_url(asset),
            frames=frames,
            fps=None if fps is None else round(float(fps), 6),
            seconds=None if seconds is None else round(seconds, 6),
        )

    def _sign_url(self, asset: Asset) -> str | None:
        return asset_rendering.render_asset(asset, self.urls, self.now).download_url


def _find_poster(film: LoadedFilm, final: Asset | None) -> str | None:
    """Return a reference to show for a film: its render, else its first clip or start frame."""
    if final is not None:
        return f"{ASSET_SCHEME}{final.id}"
    clips = (each for each in film.list_sources() if each in film.stored_sources)
    frames = (shot.start_frame for shot in film.board.shots())
    return next((each for each in (*clips, *frames) if each is not None), None)


def _measure_seconds(asset: Asset) -> float | None:
    return None if asset.duration is None else round(float(Fraction(asset.duration)), 6)
