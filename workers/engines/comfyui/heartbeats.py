"""Heartbeats of the nodes: each is inspected, proved, and cleaned of what its worker left.

The problem: a node may restart and forget every prompt, refuse what it took before, or still work
on an attempt that its worker gave up. The way: a probe, a tiny prompt that needs no model, goes
through every route that a job takes. Once it has come through it is the node's sentinel: while the
node knows its id it has not restarted. A node that forgot it is proved again, in a new epoch.

The invariants: rows are only changed in short transactions, never while a node is asked; a twin in
another process may look at the same node at the same time, and both write the same. A probe that
waits behind others' prompts keeps its place: it is not sent again at the next beat.
"""

import asyncio
import logging
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.telemetry import metrics
from gateway.media.jobs import attempts, lifecycle
from gateway.media.nodes import node_pool
from gateway.media.nodes.node_pool import Node, NodeAbility, NodeHeartbeat
from gateway.media.states import AttemptState
from workers.engines.base import (
    FINAL_STATES,
    Absent,
    BadAnswer,
    OutcomeUnknown,
    Succeeded,
    Unreachable,
)
from workers.engines.comfyui.engine import ComfyEngine
from workers.engines.comfyui.facts import ComfyFacts
from workers.engines.comfyui.graphs.engines_file import (
    EngineFamilies,
    find_families_on,
    list_missing_on,
)
from workers.engines.comfyui.graphs.preflight import run_preflight
from workers.engines.engine_pool import EnginePool
from workers.engines.openai.heartbeats import ServerHeartbeats
from workers.engines.part_ids import is_same_attempt, part_id_range

LEFTOVER_GRACE = 30 * SECOND  # after the end of its job; an attempt still open then is ended here
PROOF_SECONDS, POLL_SECONDS = 2.0, 0.05
OWN_FOLDER, KEPT_FILE_SECONDS = "kt", 2 * 3600
log = logging.getLogger("workers.nodes")


@dataclass(frozen=True, slots=True)
class NodeHeartbeats:
    """The heartbeats of all nodes, on one event loop; safe beside those of other processes."""

    database: Database
    pool: EnginePool

    async def beat(self) -> None:
        """Look after every node whose heartbeat is due, all at the same time."""
        async with self.database.write() as session:
            due = await node_pool.claim_due_nodes(session)
            session.expunge_all()
        await asyncio.gather(*(self._beat_node(node) for node in due))

    async def _beat_node(self, node: Node) -> None:
        try:
            if node.engine == node_pool.OPENAI_ENGINE:
                await ServerHeartbeats(self.database, self.pool).beat(node)
                return
            engine = self.pool.get_engine(node.name, node.url)
            seen = await self._inspect_node(engine, node)
            await self._end_leftovers(engine, node, seen)
        except (Unreachable, OutcomeUnknown) as error:
            await self._record_failure(node, error)

    async def _record_failure(self, node: Node, error: Exception) -> None:
        trouble = str(error) if isinstance(error, BadAnswer) else None
        verb = "does not answer" if trouble is None else "answers wrongly"
        level = logging.INFO if node.silent_since is not None else logging.WARNING
        log.log(level, "node %s %s: %s", node.name, verb, error)
        async with self.database.write() as session:
            await node_pool.record_node_failure(session, node.name, trouble)

    async def _inspect_node(self, engine: ComfyEngine, node: Node) -> NodeHeartbeat:
        """Record the state, abilities and proof of a node, and return what was seen."""
        stats, depth = await engine.fetch_stats(), await engine.fetch_depth()
        if isinstance(stats.vram_free_bytes, int):
            metrics.ENGINE_VRAM_FREE.labels(node.name).set(stats.vram_free_bytes)
        seen = NodeHeartbeat(depth, stats.version, stats.vram_bytes, node.sentinel_id, node.epoch)
        # While its probe waits the node has not restarted again, so its abilities, an answer of
        # megabytes, are fetched only when they are stale and not at each beat.
        restarted = not await _knows_prompt(engine, node.sentinel_id)
        asked = restarted and await _knows_prompt(engine, node.probe_id)
        stale = self.database.clock.now() - node.facts_at >= node_pool.FACTS_LIFETIME
        able, degraded = None, False
        if stale or (restarted and not asked):
            able = list_abilities(
                self.pool.engines, await engine.fetch_facts(), self.pool.server_tasks
            )
            degraded = await engine.is_old(uuid4())
            await clean_node_disk(node)
        if restarted:
            seen = await self._prove_node(engine, node, seen, asked=asked)
        async with self.database.write() as session:
            await node_pool.record_heartbeat(session, node.name, node.url, seen)
            if able is not None:
                await node_pool.record_abilities(session, node.name, able, degraded=degraded)
            if node.silent_since is not None or seen.epoch != node.epoch:
                await lifecycle.wake_waiting_jobs(session)
        if node.silent_since is not None:
            log.warning("node %s is back", node.name)
        return seen

    async def _prove_node(
        self, engine: ComfyEngine, node: Node, seen: NodeHeartbeat, *, asked: bool
    ) -> NodeHeartbeat:
        """Send the probe, or find the one that waits, and follow it for a moment.

        A probe keeps its place in the node's queue: sent again at each beat it would go to the end,
        and a busy node would never be admitted.
        """
        probe = UUID(node.probe_id) if asked and node.probe_id is not None else uuid4()
        if not asked:
            await engine.send_probe(probe)
        if await wait_for_probe(engine, probe, PROOF_SECONDS):
            is_new = (
                node.sentinel_id is not None or not node.epoch
            )  # else it was proved before and is only checked again
            return replace(seen, sentinel_id=str(probe), epoch=node.epoch + is_new)
        trouble = describe_wait(seen.depth - asked)
        log.info("node %s is busy: %s", node.name, trouble)
        return replace(seen, probe_id=str(probe), trouble=trouble)

    async def _end_leftovers(self, engine: ComfyEngine, node: Node, seen: NodeHeartbeat) -> None:
        """End attempts that ended without their worker; cancel what the node should not work on."""
        try:
            queued = _parse_ids(await engine.list_queued_ids()) if seen.depth else []
        except BadAnswer as error:  # without the queue a part that waits would look like none
            log.warning("the queue of node %s cannot be read: %s", node.name, error)
            return
        async with self.database.read() as snapshot:
            left = await attempts.list_leftover_node_attempts(snapshot, node.name, LEFTOVER_GRACE)
            orphans = await attempts.list_ended_attempts(
                snapshot, [(str(one), *part_id_range(one)) for one in queued]
            )
        for attempt in left:
            # A part in the queue, or a state that is not final: the node still works on it.
            parts = [one for one in queued if is_same_attempt(one, attempt)]
            if parts or not isinstance(await engine.poll(attempt), FINAL_STATES):
                orphans += parts or [attempt]
                continue
            async with self.database.write() as session:
                await attempts.close_attempt(session, attempt, None, AttemptState.CANCELED)
            await engine.forget(attempt)
        for orphan in orphans:
            await engine.cancel(orphan)


def _parse_ids(prompts: Sequence[str]) -> list[UUID]:
    """Return the ids that may be ours: others use the node too, and name theirs as they like."""
    ids = []
    for prompt in prompts:
        with suppress(ValueError):
            ids.append(UUID(prompt))
    return ids


async def _knows_prompt(engine: ComfyEngine, prompt: str | None) -> bool:
    return prompt is not None and not isinstance(await engine.poll(UUID(prompt)), Absent)


async def wait_for_probe(engine: ComfyEngine, probe: UUID, seconds: float) -> bool:
    """Follow a probe through every route of a job; return False if it still waits after `seconds`.

    Raises:
        Unreachable: it did not come through.
    """
    deadline = time.monotonic() + seconds
    while not isinstance(state := await engine.poll(probe), FINAL_STATES):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    if not isinstance(state, Succeeded):
        raise BadAnswer("the probe did not come through")
    await engine.view_probe(probe)
    return True


def describe_wait(prompts: int) -> str:
    """Describe behind how many prompts a probe waits."""
    many = "1 prompt" if prompts <= 1 else f"{prompts} prompts"
    return f"its probe waits behind {many}; it gets work when that has come through"


async def clean_node_disk(node: Node) -> None:
    """Delete old files of jobs on the node's disk, if it is mounted here: no route does that."""
    if node.cleanup_dir is not None:
        folders = [Path(node.cleanup_dir) / name / OWN_FOLDER for name in ("input", "output")]
        await asyncio.to_thread(_delete_old_files, folders, time.time() - KEPT_FILE_SECONDS)


def _delete_old_files(folders: list[Path], before: float) -> None:
    for folder in folders:
        for path in sorted(folder.rglob("*"), reverse=True):  # files come before their folder
            try:
                if path.lstat().st_mtime >= before:
                    continue
                if path.is_dir() and not path.is_symlink():
                    path.rmdir()
                else:
                    path.unlink()
            except OSError as error:  # another worker was faster, or it is not empty yet
                log.debug("%s stays: %s", path, error.strerror)


def list_abilities(
    engines: EngineFamilies | None,
    facts: ComfyFacts,
    elsewhere: Collection[str] = frozenset(),
) -> dict[str, NodeAbility]:
    """List the tasks that a node of these facts can do, and what it lacks for the others.

    Without an engines file the node's own files decide which family does a task; tasks that are
    done `elsewhere`, by servers that the file names, are left out.
    """
    families = engines or find_families_on(facts)
    able = {}
    for task, name in families.routes.items():
        family = families.families[name]
        findings = run_preflight(family, task, facts)
        lacks = tuple(dict.fromkeys(finding.operator_text for finding in findings))
        planning = family.planning_on(facts)
        able[task] = NodeAbility(name, family.max_pixel_frames, lacks, planning, family.patience)
    if engines is None:
        able |= {
            task: NodeAbility("", lacks=lacks) for task, lacks in list_missing_on(facts).items()
        }
    return {task: one for task, one in able.items() if task not in elsewhere}
