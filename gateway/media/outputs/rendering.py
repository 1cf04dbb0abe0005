"""The wire form of results: an output with its job's prompt, seed and cost, and the kept bytes."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.kit.clock import DAY, to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.money import render_usd
from gateway.library.asset_queries import OutputPlace, list_output_assets
from gateway.library.asset_rendering import sign_asset_urls
from gateway.library.assets import Asset
from gateway.media.jobs.outputs import OutputUrls, name_download
from gateway.media.jobs.view import render_parent
from gateway.media.outputs.queries import OutputRow
from gateway.media.outputs.schemas import MediaOutput
from gateway.media.states import OutputState


async def render_outputs(
    session: Session, files: OutputUrls, rows: Sequence[OutputRow], now: int
) -> list[MediaOutput]:
    """Render outputs with their jobs, in their order."""
    places = {(row.job_id, row.index) for row, _, _ in rows}
    kept = {
        (asset.job_id or "", asset.output_index or 0): asset
        for asset in await list_output_assets(session, places)
        if asset.archived_at is None
    }
    return [render_listed_output(files, each, kept.get(_get_place(each)), now) for each in rows]


def render_listed_output(
    files: OutputUrls, listed: OutputRow, kept: Asset | None, now: int
) -> MediaOutput:
    """Render one result; while its own URL works it is shown, for browsers keep what it served.

    `kept` is the asset that keeps it, if it is not archived.
    """
    row, job, count = listed
    kept = None if row.hidden_at is not None else kept
    asset_id = None if kept is None else kept.id
    shown = files.render_output(row, now, asset_id)
    url, state, poster_url = shown.url, shown.state, shown.poster_url
    previews, clip_url = shown.preview_urls, shown.preview_clip_url
    if url is None and kept is not None:
        links = sign_asset_urls(kept, files, _end_of_next_day(now))
        url, state, previews, clip_url = (
            links.file, OutputState.AVAILABLE, links.previews, links.clip,
        )  # fmt: skip
        poster_url = max(previews.items(), key=_read_size, default=("", None))[1]
    elif row.hidden_at is None and state is OutputState.DELETED:
        state = OutputState.EXPIRED  # only its bytes are gone
    effective_input = json.loads(job.effective_input_json)
    cost = _share_cost(job.captured_microusd or 0, row.index, count)
    return MediaOutput(
        job_id=row.job_id,
        output_index=row.index,
        task=job.task,
        kind=shown.kind,
        state=state,
        name=row.name,
        prompt=effective_input.get("prompt") or None,
        starred=row.starred_at is not None,
        seed=_read_seed(effective_input, row.index),
        width=row.width,
        height=row.height,
        frames=row.frames,
        fps=shown.fps,
        duration_seconds=shown.duration_seconds,
        has_audio=shown.has_audio,
        mime_type=row.mime_type,
        bytes=row.size_bytes,
        url=url,
        poster_url=poster_url,
        preview_urls=previews,
        preview_clip_url=clip_url,
        placeholder=shown.placeholder or (None if kept is None else kept.placeholder),
        asset_id=asset_id,
        project_id=job.project_id if kept is None else kept.project_id,
        parent=render_parent(job),
        cost_usd=render_usd(cost),
        cost_microusd=cost,
        livemode=job.book == "live",
        created_at=to_iso(job.created_at),
        expires_at=None if kept is not None else shown.expires_at,
        filename=name_download(job, row, count),
    )


def _get_place(listed: OutputRow) -> OutputPlace:
    return listed[0].job_id, listed[0].index


def _read_size(preview: tuple[str, str]) -> int:
    return int(preview[0])


def _read_seed(effective_input: Mapping[str, Any], index: int) -> int | None:
    """Return the seed of one output; picture k of several uses seed + k."""
    seed = effective_input.get("seed")
    return None if seed is None else int(seed) + (index if "count" in effective_input else 0)


def _share_cost(total_microusd: int, index: int, count: int) -> int:
    """Return an output's share of its job's cost; all shares add up to it exactly."""
    share, rest = divmod(total_microusd, count)
    return share + (index < rest)


def _end_of_next_day(now: int) -> int:
    """Return when a URL ends that is the same in every answer of a day, so browsers can keep it."""
    return (now // DAY + 2) * DAY
