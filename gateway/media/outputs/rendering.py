"""The wire form of results: an output with its job's prompt, seed and cost, and the kept bytes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from gateway.kit.clock import DAY, to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.money import render_usd
from gateway.library.asset_queries import OutputPlace, list_output_assets
from gateway.library.asset_rendering import sign_asset_urls
from gateway.library.assets import Asset
from gateway.media.jobs.outputs import OutputUrls, name_download
from gateway.media.jobs.view import render_parent
from gateway.media.outputs.schemas import MediaOutput
from gateway.media.states import OutputState
from gateway.media.tables import Job, Output


@dataclass(frozen=True, slots=True)
class ListedOutput:
    """An output with its job, how many outputs that made, and the asset that keeps it."""

    row: Output
    job: Job
    count: int
    kept: Asset | None


async def collect_listed_outputs(
    session: Session, rows: Sequence[tuple[Output, Job]]
) -> list[ListedOutput]:
    """Return outputs with the assets that keep them."""
    if not rows:
        return []
    places = {(row.job_id, row.index) for row, _ in rows}
    assets: Mapping[OutputPlace, Asset] = {
        (asset.job_id or "", asset.output_index or 0): asset
        for asset in await list_output_assets(session, places)
        if asset.archived_at is None
    }
    counted = (
        select(Output.job_id, func.count())
        .where(Output.job_id.in_({job_id for job_id, _ in places}))
        .group_by(Output.job_id)
    )
    counts = {row[0]: row[1] for row in await session.execute(counted)}
    return [
        ListedOutput(row, job, counts[row.job_id], assets.get((row.job_id, row.index)))
        for row, job in rows
    ]


async def render_outputs(
    session: Session, files: OutputUrls, rows: Sequence[tuple[Output, Job]], now: int
) -> list[MediaOutput]:
    """Render outputs with their jobs, in their order."""
    return [
        render_listed_output(files, listed, now)
        for listed in await collect_listed_outputs(session, rows)
    ]


def render_listed_output(files: OutputUrls, listed: ListedOutput, now: int) -> MediaOutput:
    """Render one result; while its own URL works it is shown, for browsers keep what it served."""
    row, job = listed.row, listed.job
    kept = None if row.hidden_at is not None else listed.kept
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
    cost = _share_cost(job.captured_microusd or 0, row.index, listed.count)
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
        filename=name_download(job, row, listed.count),
    )


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
