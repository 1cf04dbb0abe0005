"""Checks of the whole database: invariants, stored files, and the chain of the audit log."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypedDict

from gateway.kit import audit_log
from gateway.kit.clock import to_iso
from gateway.ledger import invariants
from gateway.media.oversight import storage_check
from gateway.media.sweeps import orphan_sweeps
from gateway.operator.gateway_location import (
    GatewayLocation,
    load_existing_settings,
    open_database,
    open_database_at,
)
from gateway.storage import storage_from_url
from gateway.studio.plans import operator_plans


class BrokenInvariant(TypedDict):
    """A broken invariant, with the rows that break it."""

    id: str
    text: str
    rows: Sequence[Mapping[str, object]]  # each invariant has its own columns


class OrphanFile(TypedDict):
    """A stored file that no row names."""

    key: str
    bytes: int
    storedAt: str


class ChainHead(TypedDict):
    """The end of the chain of the audit log."""

    seq: int
    hash: str


class AuditCheck(ChainHead, TypedDict):
    """The head of the audit log, and the faults of its chain."""

    wrong: list[str]


class AuditEntry(TypedDict):
    """A row of the audit log as operators see it; `before` and `after` are parsed JSON."""

    seq: int
    at: str
    actor: str
    person: str | None
    ip: str | None
    action: str
    target: str
    before: object
    after: object
    requestId: str | None


# The invariants whose hashes SQL cannot compute: the chain of the audit log, the seals of plans.
AUDIT_CHAIN_INVARIANT, PLAN_SEAL_INVARIANT = "I30", "I23"


async def check_invariants(where: GatewayLocation, only: str | None) -> list[BrokenInvariant]:
    """List every broken invariant with its rows; hashes of audit log and plans are recomputed.

    Raises:
        LookupError: there is no such invariant.
    """
    async with open_database_at(where) as database:
        findings = await invariants.check_invariants(database, only)
        broken: list[BrokenInvariant] = [
            {"id": finding.id, "text": finding.text, "rows": finding.rows} for finding in findings
        ]
        recomputed = {
            AUDIT_CHAIN_INVARIANT: audit_log.verify_chain,
            PLAN_SEAL_INVARIANT: operator_plans.find_changed_plans,
        }
        for number in recomputed.keys() - {finding.id for finding in findings}:
            if only in {None, number}:
                async with database.read() as snapshot:
                    faults = await recomputed[number](snapshot)
                if faults:
                    text = invariants.load_invariants()[number][0]
                    rows = [{"detail": fault} for fault in faults]
                    broken.append({"id": number, "text": text, "rows": rows})
    return broken


async def check_storage(data_dir: Path | None) -> list[BrokenInvariant]:
    """Check that all files are stored as their rows say; return one finding, or none."""
    settings = load_existing_settings(data_dir)
    async with open_database(settings, create=False) as database:
        faults = await storage_check.list_storage_mismatches(
            database, storage_from_url(settings.storage_url)
        )
    rows = [{"detail": fault} for fault in faults]
    text = "each file of an output, an asset or an input is stored, whole"
    return [{"id": "storage", "text": text, "rows": rows}] if rows else []


async def list_orphan_files(data_dir: Path | None) -> list[OrphanFile]:
    """List stored files, older than an hour, that no row names; the sweep deletes them later."""
    settings = load_existing_settings(data_dir)
    async with open_database(settings, create=False) as database:
        storage = storage_from_url(settings.storage_url)
        return [
            {
                "key": each.file.key,
                "bytes": each.file.size_bytes,
                "storedAt": to_iso(each.file.modified_at),
            }
            for each in await orphan_sweeps.list_orphans(database, storage)
        ]


async def verify_audit_log(where: GatewayLocation) -> AuditCheck:
    """Recompute the chain of the audit log; return its head and its faults."""
    async with open_database_at(where) as database, database.read() as snapshot:
        faults = await audit_log.verify_chain(snapshot)
        return {"wrong": faults, **render_audit_head(await audit_log.get_head(snapshot))}


def render_audit_head(head: audit_log.AuditChainHead) -> ChainHead:
    """Render the head of the audit log."""
    return {"seq": head.seq, "hash": head.hash}


async def get_audit_head(where: GatewayLocation) -> ChainHead:
    """Return the head of the audit log."""
    async with open_database_at(where) as database, database.read() as snapshot:
        return render_audit_head(await audit_log.get_head(snapshot))


async def list_audit_entries(
    where: GatewayLocation, about: str = "", before: int = 0
) -> list[AuditEntry]:
    """List the 50 newest rows of the audit log below a number.

    `about` is a target, an actor, an action, or the noun of an action.
    """
    async with open_database_at(where) as database, database.read() as snapshot:
        return [
            {
                "seq": row.seq,
                "at": to_iso(row.at),
                "actor": f"{row.actor_kind} {row.actor_id}",
                "person": row.person_id,
                "ip": row.ip,
                "action": row.action,
                "target": row.target,
                "before": row.before and json.loads(row.before),
                "after": row.after and json.loads(row.after),
                "requestId": row.request_id,
            }
            for row in await audit_log.list_newest_records(snapshot, about.strip(), before or None)
        ]


async def stream_audit_rows(where: GatewayLocation) -> AsyncIterator[dict[str, object]]:
    """Yield every row of the audit log, the oldest first, with both hashes."""
    async with open_database_at(where) as database, database.read() as snapshot:
        async for row, prev_hash, row_hash in audit_log.stream_rows(snapshot):
            yield asdict(row) | {"prev_hash": prev_hash, "hash": row_hash}
