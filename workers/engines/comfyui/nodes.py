"""Heartbeats: what each node of the pool is, can do, and has forgotten.

The sentinel is a tiny prompt that needs no model. It proves the whole way when a node is new, and
that the node has not restarted for as long as the node knows its id.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from gateway.kit import metrics
from gateway.kit.clock import SECOND
from gateway.kit.database import Database
from gateway.media import attempts, nodes
from gateway.media.nodes import Able, Node, Seen
from workers.engines.base import FINAL, Absent, OutcomeUnknown, Succeeded, Unreachable
from workers.engines.comfyui.dispatch import Pool
from workers.engines.comfyui.engine import ComfyEngine
from workers.engines.comfyui.facts import Facts
from workers.engines.comfyui.graphs.families import Engines, engines_on, missing_on
from workers.engines.comfyui.graphs.preflight import preflight
from workers.engines.parts import alike, kin

LEFT_BEHIND = 30 * SECOND
PROOF_SECONDS, LOOK_SECONDS = 20.0, 0.05
OURS, LEFT_SECONDS = "kt", 2 * 3600
log = logging.getLogger("workers.nodes")


class Busy(Exception):  # noqa: N818 - said of the node
    """The node works on something else; nothing is wrong with it."""


@dataclass(frozen=True, slots=True)
class Tending:
    """Looks after the nodes for one event loop; safe beside its twins in other processes."""

    database: Database
    pool: Pool

    async def beat(self) -> None:
        """Look at every node whose heartbeat is due."""
        async with self.database.write() as session:
            due = await nodes.due(session)
            session.expunge_all()
        await asyncio.gather(*(self._beat(node) for node in due))

    async def _beat(self, node: Node) -> None:
        engine = self.pool.of(node.name, node.url)
        try:
            seen = await self._seen(engine, node)
            await self._clean(engine, node, seen)
        except Busy as busy:
            log.info("node %s: %s", node.name, busy)
        except (Unreachable, OutcomeUnknown) as error:
            log.warning("node %s does not answer: %s", node.name, error)
            async with self.database.write() as session:
                await nodes.failed(session, node.name)

    async def _seen(self, engine: ComfyEngine, node: Node) -> Seen:
        stats = await engine.stats()
        if isinstance(stats.vram_free_bytes, int):
            metrics.ENGINE_VRAM_FREE.labels(node.name).set(stats.vram_free_bytes)
        depth = await engine.depth()
        known = node.sentinel_id
        restarted = known is None or isinstance(await engine.poll(UUID(known)), Absent)
        if restarted:
            known = str(await prove(engine))
        assert known is not None  # noqa: S101 - either way it is set
        epoch = node.epoch + restarted
        seen = Seen(depth, stats.version, stats.vram_bytes, known, epoch)
        stale = self.database.clock.now() - node.facts_at >= nodes.FACTS_LIFE
        able, degraded = None, False
        if restarted or stale:
            able = able_of(self.pool.engines, await engine.read_facts())
            degraded = await engine.is_old(UUID(known))
            await tidy(node)
        async with self.database.write() as session:
            await nodes.seen(session, node.name, node.url, seen)
            if able is not None:
                await nodes.proved(session, node.name, able, degraded=degraded)
        return seen

    async def _clean(self, engine: ComfyEngine, node: Node, seen: Seen) -> None:
        """Close what ended without its worker, and cancel what we gave up but the node did not."""
        queued = _ids(await engine.queued()) if seen.depth else []
        async with self.database.read() as snapshot:
            left = await attempts.left_behind(snapshot, node.name, LEFT_BEHIND)
            orphans = await attempts.ended(snapshot, [(str(one), *kin(one)) for one in queued])
        for attempt in left:
            parts = [one for one in queued if alike(one, attempt)]
            if parts or not isinstance(await engine.poll(attempt), FINAL):
                orphans += parts or [attempt]
                continue
            async with self.database.write() as session:
                await attempts.end(session, attempt, None, "canceled")
            await engine.forget(attempt)
        for orphan in orphans:
            await engine.cancel(orphan)


def _ids(prompts: Sequence[str]) -> list[UUID]:
    """Return those ids that may be ours; others use the node too, and name theirs as they like."""
    found = []
    for prompt in prompts:
        with suppress(ValueError):
            found.append(UUID(prompt))
    return found


async def prove(engine: ComfyEngine) -> UUID:
    """Send a tiny prompt through every route that a job takes; return its id.

    Raises:
        Busy: it waits behind other work.
        Unreachable: it did not come through.
    """
    sentinel, deadline = uuid4(), time.monotonic() + PROOF_SECONDS
    await engine.probe(sentinel)
    while not isinstance(state := await engine.poll(sentinel), FINAL):
        if time.monotonic() > deadline:
            await engine.cancel(sentinel)
            raise Busy("the probe waits behind other work")
        await asyncio.sleep(LOOK_SECONDS)
    if not isinstance(state, Succeeded):
        raise Unreachable("the probe did not come through")
    await engine.view_probe(sentinel)
    return sentinel


async def tidy(node: Node) -> None:
    """Delete what jobs left on the node's disk, if a worker can see it: no route does that."""
    if node.cleanup_dir is not None:
        folders = [Path(node.cleanup_dir) / name / OURS for name in ("input", "output")]
        await asyncio.to_thread(_tidy, folders, time.time() - LEFT_SECONDS)


def _tidy(folders: list[Path], before: float) -> None:
    for folder in folders:
        for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder comes before it
            try:
                if path.lstat().st_mtime >= before:
                    continue
                if path.is_dir() and not path.is_symlink():
                    path.rmdir()
                else:
                    path.unlink()
            except OSError as error:  # another worker was faster, or it is not empty yet
                log.debug("%s stays: %s", path, error.strerror)


def able_of(engines: Engines | None, facts: Facts) -> dict[str, Able]:
    """Return what a node of these facts can do, and what it lacks for the rest.

    Without an engines file the files that it has decide which family does what.
    """
    given = engines or engines_on(facts)
    able = {}
    for task, name in given.routes.items():
        family = given.families[name]
        findings = preflight(family, task, facts)
        lacks = tuple(dict.fromkeys(finding.said for finding in findings))
        planning = family.planning_on(facts)
        able[task] = Able(name, family.max_pixel_frames, lacks, planning, family.patience)
    if engines is None:
        able |= {task: Able("", lacks=lacks) for task, lacks in missing_on(facts).items()}
    return able
