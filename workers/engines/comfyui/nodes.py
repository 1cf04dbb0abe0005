"""Heartbeats: what each node of the pool is, can do, and has forgotten.

The sentinel is a tiny prompt that needs no model. It proves the whole way when a node is new, and
that the node has not restarted for as long as the node knows its id.
"""

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from uuid import UUID, uuid4

from gateway.kit.clock import SECOND
from gateway.kit.database import Database
from gateway.media import attempts, nodes
from gateway.media.nodes import Able, Node, Seen
from workers.engines.base import FINAL, Absent, OutcomeUnknown, Succeeded, Unreachable
from workers.engines.comfyui.dispatch import Pool
from workers.engines.comfyui.engine import ComfyEngine
from workers.engines.comfyui.facts import Facts
from workers.engines.comfyui.graphs.families import Engines
from workers.engines.comfyui.graphs.preflight import preflight

LEFT_BEHIND = 30 * SECOND
PROOF_LOOKS, PROOF_SECONDS = 20, 0.05
log = logging.getLogger("workers.nodes")


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
        except (Unreachable, OutcomeUnknown) as error:
            log.warning("node %s does not answer: %s", node.name, error)
            async with self.database.write() as session:
                await nodes.failed(session, node.name)

    async def _seen(self, engine: ComfyEngine, node: Node) -> Seen:
        stats = await engine.stats()
        depth = await engine.depth()
        known = node.sentinel_id
        restarted = known is None or isinstance(await engine.poll(UUID(known)), Absent)
        if restarted:
            known = await prove(engine)
        assert known is not None  # noqa: S101 - either way it is set
        epoch = node.epoch + restarted
        seen = Seen(depth, stats.version, stats.vram_bytes, known, epoch)
        able = await self._able(engine, node, restarted=restarted)
        async with self.database.write() as session:
            await nodes.seen(session, node.name, node.url, seen)
            if able is not None:
                await nodes.proved(session, node.name, *able)
        return seen

    async def _able(
        self, engine: ComfyEngine, node: Node, *, restarted: bool
    ) -> tuple[dict[str, Able], str] | None:
        """Return what a node can do, if it is time to ask again."""
        now = self.database.clock.now()
        if not restarted and now - node.facts_at < nodes.FACTS_LIFE:
            return None
        facts = await engine.read_facts()
        able = able_of(self.pool.engines, facts)
        text = nodes.write_able(able)
        return able, hashlib.sha256(text.encode()).hexdigest()[:16]

    async def _clean(self, engine: ComfyEngine, node: Node, seen: Seen) -> None:
        """Close what ended without its worker, and cancel what we gave up but the node did not."""
        async with self.database.read() as snapshot:
            left = await attempts.left_behind(snapshot, node.name, LEFT_BEHIND)
        for attempt in left:
            if isinstance(await engine.poll(attempt), FINAL):
                async with self.database.write() as session:
                    await attempts.end(session, attempt, "canceled")
                await engine.forget(attempt)
            else:
                await engine.cancel(attempt)
        if seen.depth:
            queued = await engine.queued()
            async with self.database.read() as snapshot:
                orphans = await attempts.ended(snapshot, queued)
            for orphan in orphans:
                await engine.cancel(orphan)


async def prove(engine: ComfyEngine) -> str:
    """Send a tiny prompt through every route that a job takes; return its id.

    Raises:
        Unreachable: it did not come through.
    """
    sentinel = uuid4()
    await engine.probe(sentinel)
    for _ in range(PROOF_LOOKS):
        state = await engine.poll(sentinel)
        if isinstance(state, Succeeded):
            await engine.view_probe(sentinel)
            return str(sentinel)
        if isinstance(state, FINAL):
            break
        await asyncio.sleep(PROOF_SECONDS)
    await engine.cancel(sentinel)
    raise Unreachable("the probe did not come through")


def able_of(engines: Engines, facts: Facts) -> dict[str, Able]:
    """Return what a node of these facts can do, and what it lacks for the rest."""
    able = {}
    for task, name in engines.routes.items():
        family = engines.families[name]
        findings = tuple(str(finding) for finding in preflight(family, task, facts))
        able[task] = Able(name, family.max_pixel_frames, findings, family.planning)
    return able
