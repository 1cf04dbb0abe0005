"""An operator's checks of the whole database."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypedDict

from gateway.kit import audit_log
from gateway.kit.clock import iso
from gateway.ledger import audit
from gateway.media import stored
from gateway.operator.opening import Where, database_at, existing, opened
from gateway.storage import storage_from
from gateway.studio.plans import tending as plan_tending


class BrokenInvariant(TypedDict):
    """A broken invariant, with the rows that break it."""

    id: str
    text: str
    rows: Sequence[Mapping[str, object]]  # each invariant has its own columns


class ChainHead(TypedDict):
    """Where the chain of the audit log ends."""

    seq: int
    hash: str


class AuditCheck(ChainHead, TypedDict):
    """The head of the audit log, and what is wrong with its chain."""

    wrong: list[str]


class AuditEntry(TypedDict):
    """A row of the audit log as operators see it; `before` and `after` are parsed JSON."""

    seq: int
    at: str
    actor: str
    ip: str | None
    action: str
    target: str
    before: object
    after: object
    requestId: str | None


LINKED, SEALED = "I30", "I23"


async def check(where: Where, only: str | None) -> list[BrokenInvariant]:
    """Return every broken invariant with its rows; hashes of audit log and plans are recomputed.

    Raises:
        LookupError: there is no such invariant.
    """
    async with database_at(where) as database:
        found = await audit.findings(database, only)
        shown: list[BrokenInvariant] = [
            {"id": each.id, "text": each.text, "rows": each.rows} for each in found
        ]
        recomputed = {LINKED: audit_log.verify, SEALED: plan_tending.verify}
        for number in recomputed.keys() - {each.id for each in found}:
            if only in {None, number}:
                async with database.read() as snapshot:
                    wrong = await recomputed[number](snapshot)
                if wrong:
                    text, rows = audit.invariants()[number][0], [{"detail": each} for each in wrong]
                    shown.append({"id": number, "text": text, "rows": rows})
    return shown


async def check_storage(data_dir: Path | None) -> list[BrokenInvariant]:
    """Return the outputs and inputs that are not stored as their rows say, as one finding."""
    settings = existing(data_dir)
    async with opened(settings, create=False) as database:
        wrong = await stored.unsound(database, storage_from(settings.storage_url))
    rows = [{"detail": each} for each in wrong]
    text = "each output that was not deleted, and each input that is needed, is stored, whole"
    return [{"id": "storage", "text": text, "rows": rows}] if rows else []


async def verify_audit(where: Where) -> AuditCheck:
    """Recompute the chain of the audit log; return its head, and what is wrong with it."""
    async with database_at(where) as database, database.read() as snapshot:
        wrong = await audit_log.verify(snapshot)
        return {"wrong": wrong, **render_head(await audit_log.head(snapshot))}


def render_head(head: audit_log.Head) -> ChainHead:
    """Render where the chain of the audit log ends."""
    return {"seq": head.seq, "hash": head.hash}


async def audit_head(where: Where) -> ChainHead:
    """Return where the chain of the audit log ends."""
    async with database_at(where) as database, database.read() as snapshot:
        return render_head(await audit_log.head(snapshot))


async def audit_listed(where: Where, about: str = "", before: int = 0) -> list[AuditEntry]:
    """Return the 50 newest rows of the audit log below a number.

    `about` is a target, who acted, an action, or the noun of one.
    """
    async with database_at(where) as database, database.read() as snapshot:
        return [
            {
                "seq": row.seq,
                "at": iso(row.at),
                "actor": f"{row.actor_kind} {row.actor_id}",
                "ip": row.ip,
                "action": row.action,
                "target": row.target,
                "before": row.before and json.loads(row.before),
                "after": row.after and json.loads(row.after),
                "requestId": row.request_id,
            }
            for row in await audit_log.newest(snapshot, about.strip(), before or None)
        ]


async def audit_rows(where: Where) -> AsyncIterator[dict[str, object]]:
    """Yield every row of the audit log, the oldest first, with both hashes."""
    async with database_at(where) as database, database.read() as snapshot:
        async for row, prev_hash, row_hash in audit_log.rows(snapshot):
            yield asdict(row) | {"prev_hash": prev_hash, "hash": row_hash}
