"""Queries of results: a page of an account's outputs, one of them, and the prompts it used."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.errors import NotFound
from gateway.kit.search_text import match_words, split_words
from gateway.library import asset_queries
from gateway.library.asset_queries import OutputPlace
from gateway.media.outputs.schemas import OutputQuery, Prompt
from gateway.media.schemas import MOST_OUTPUTS
from gateway.media.tables import Job, Output

OutputRow: TypeAlias = tuple[Output, Job, int]
"""An output, its job, and how many outputs that made."""
MOST_JOBS_READ, JOBS_READ_AT_ONCE = 2_000, 200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def load_output_page(
    session: Session, account: int, query: OutputQuery, now: int
) -> tuple[Sequence[OutputRow], str | None]:
    """Return a page of an account's results, and the cursor of the next page.

    Raises:
        NotFound: one result was named, and there is none.
    """
    chosen = select(Output.job_id, Output.index)
    chosen = chosen.where(_is_listed(account), *_build_filters(account, query, now))
    newest = query.order == "newest"
    if query.cursor is not None:
        job_id, _, index = query.cursor.partition("/")
        is_beyond = _is_behind if newest else _is_ahead
        chosen = chosen.where(is_beyond((job_id, int(index))))
    order = (Output.job_id.desc(), Output.index) if newest else (Output.job_id, Output.index.desc())
    # The page is chosen before jobs are read: PostgreSQL would walk through those of all accounts.
    page_rows = chosen.order_by(*order).limit(query.limit + 1).subquery()
    is_chosen = and_(page_rows.c.job_id == Output.job_id, page_rows.c.index == Output.index)
    statement = _select_with_jobs().join(page_rows, is_chosen).order_by(*order)
    rows = [(row, job, count) for row, job, count in await session.execute(statement)]
    if not rows and query.job_id is not None and query.output_index is not None:
        raise NotFound("There is no such result.", field="outputIndex")
    page = rows[: query.limit]
    last = page[-1][0] if len(rows) > len(page) else None
    return page, None if last is None else f"{last.job_id}/{last.index}"


async def lock_outputs(
    session: Session, account: int, places: Sequence[OutputPlace], *, hidden: bool
) -> list[OutputRow]:
    """Lock these results of an account and return them; deleted ones only with `hidden`.

    Raises:
        NotFound: one of them does not exist, or is of another account; its `field` says which.
    """
    statement = _select_with_jobs().where(
        Job.account_id == account, tuple_(Output.job_id, Output.index).in_(set(places))
    )
    # Locked in one order: two requests that change the same results wait for each other.
    statement = statement.order_by(Output.job_id, Output.index).with_for_update(of=Output)
    found = {
        (row.job_id, row.index): (row, job, count)
        for row, job, count in await session.execute(statement)
    }
    rows: list[OutputRow] = []
    for number, place in enumerate(places):
        if place not in found or (found[place][0].hidden_at is not None and not hidden):
            raise NotFound("There is no such result.", field=f"outputs.{number}")
        rows.append(found[place])
    return rows


async def list_deleted(session: Session, account: int, moment: int) -> list[OutputPlace]:
    """List the results of the account that were deleted at a moment and have their bytes.

    Raises:
        NotFound: there are none.
    """
    statement = select(Output.job_id, Output.index).join(Job, Job.id == Output.job_id)
    statement = statement.where(Job.account_id == account, Output.hidden_at == moment)
    statement = statement.where(Output.deleted_at.is_(None))
    statement = statement.order_by(Output.job_id, Output.index.desc()).limit(MOST_OUTPUTS)
    places = [(job_id, index) for job_id, index in await session.execute(statement)]
    if not places:
        raise NotFound("There is nothing left to bring back.", field="deletedAt")
    return places


async def list_prompts(session: Session, account: int, limit: int) -> list[Prompt]:
    """Return different prompts of the newest jobs of an account, newest first.

    At most `MOST_JOBS_READ` jobs are read. Texts that were erased are empty, and left out.
    """
    prompts: dict[str, Prompt] = {}
    before, read = None, 0
    while len(prompts) < limit and read < MOST_JOBS_READ:
        statement = select(Job.id, Job.task, Job.created_at, Job.effective_input_json)
        statement = statement.where(Job.account_id == account, Job.text_blanked_at.is_(None))
        if before is not None:
            statement = statement.where(Job.id < before)
        statement = statement.order_by(Job.id.desc()).limit(JOBS_READ_AT_ONCE)
        jobs = (await session.execute(statement)).all()
        for job_id, task, created_at, text in jobs:
            if prompt := str(json.loads(text).get("prompt") or ""):
                prompts.setdefault(
                    prompt,
                    Prompt(prompt=prompt, task=task, job_id=job_id, created_at=to_iso(created_at)),
                )
        if len(jobs) < JOBS_READ_AT_ONCE:
            break
        before, read = jobs[-1][0], read + len(jobs)
    return list(prompts.values())[:limit]


def _is_listed(account: int) -> ColumnElement[bool]:
    """Return the condition of an account's results, in the form of their partial index."""
    return and_(Output.account_id == account, Output.hidden_at.is_(None))


def _select_with_jobs() -> Select[Output, Job, int]:
    """Return a query of outputs with their jobs and the number of outputs of those."""
    made = aliased(Output)
    count = select(func.count()).where(made.job_id == Output.job_id).scalar_subquery()
    return select(Output, Job, count).join(Job, Job.id == Output.job_id)


def _build_filters(account: int, query: OutputQuery, now: int) -> list[ColumnElement[bool]]:
    """Return the conditions of a query; only `parentJobId` reads the rows of jobs."""
    filters = _build_equalities(query)
    place = (Output.job_id, Output.index)
    words = split_words(query.q or "")
    if words:
        in_text = and_(*match_words(Output.search_text, words))
        filters.append(or_(in_text, asset_queries.is_kept_with_tag(*place, account, words)))
    if query.starred is not None:
        has_star = Output.starred_at.is_not(None)
        filters.append(has_star if query.starred else ~has_star)
    if query.project_id is not None:
        kept = asset_queries.is_kept_in_project(*place, account, query.project_id)
        filters.append(or_(Output.project_id == query.project_id, kept))
    if query.ends_before is not None:
        before = (query.ends_before - EPOCH) // timedelta(microseconds=1)
        filters += [Output.expires_at > now, Output.expires_at < before]
        filters += [Output.deleted_at.is_(None), ~asset_queries.is_kept(*place)]
    if query.parent_job_id is not None:
        children = select(Job.id).where(Job.parent_job_id == query.parent_job_id)
        if query.parent_index is not None:
            children = children.where(Job.parent_index == query.parent_index)
        filters.append(Output.job_id.in_(children))
    return filters


def _build_equalities(query: OutputQuery) -> list[ColumnElement[bool]]:
    pairs = (
        (Output.kind, query.kind),
        (Output.task, query.task),
        (Output.job_id, query.job_id),
        (Output.index, query.output_index),
    )
    return [column == value for column, value in pairs if value is not None]


def _is_behind(place: OutputPlace) -> ColumnElement[bool]:
    """Return the condition of coming later in the list; its first half is what an index can do."""
    job_id, index = place
    return and_(Output.job_id <= job_id, or_(Output.job_id < job_id, Output.index > index))


def _is_ahead(place: OutputPlace) -> ColumnElement[bool]:
    job_id, index = place
    return and_(Output.job_id >= job_id, or_(Output.job_id > job_id, Output.index < index))
