"""Heartbeats of servers: each is surveyed, and what its workers left there is ended.

A server forgets nothing that we would have to prove again, so it has no probe: what has answered
the preflight gets work. What a heartbeat learns is written as that of a ComfyUI node is.
"""

import logging
from dataclasses import dataclass

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Database
from gateway.media.jobs import attempts, lifecycle
from gateway.media.nodes import node_pool, server_nodes
from gateway.media.nodes.node_pool import Node, NodeHeartbeat
from gateway.media.nodes.server_nodes import LeftAttempt
from gateway.media.states import AttemptState
from gateway.media.tasks.catalogue import TASKS
from workers.engines.base import (
    FINAL_STATES,
    BadAnswer,
    NotAccepted,
    OutputUnsafe,
    Unreachable,
)
from workers.engines.engine_pool import EnginePool
from workers.engines.openai.preflight import ServerSurvey, survey_server
from workers.engines.openai.upstreams import Upstream

LEFTOVER_GRACE = 30 * SECOND
SENTINEL = "server"  # the mark of a node whose preflight has passed
log = logging.getLogger("workers.nodes")


@dataclass(frozen=True, slots=True)
class ServerHeartbeats:
    """The heartbeats of the servers among the nodes."""

    database: Database
    pool: EnginePool

    async def beat(self, node: Node) -> None:
        """Survey a server and record what it is; then end what was left on it.

        Raises:
            Unreachable: it does not answer.
        """
        upstream = self.pool.upstreams.get(node.name)
        if upstream is None:
            await self._end_leftovers(node)
            raise Unreachable("the engines file has no upstream of this name any more")
        try:
            survey = await self._survey(upstream)
        except NotAccepted as error:
            log.error("node %s is off: %s", node.name, error)  # noqa: TRY400 - no fault of ours
            async with self.database.write() as session:
                await server_nodes.turn_node_off(session, node.name, "unauthorized", str(error))
            return
        await self._record(node, survey)
        await self._end_leftovers(node)

    async def _survey(self, upstream: Upstream) -> ServerSurvey:
        """Survey a server; whatever breaks a survey is a failed beat, or old facts would stay.

        Raises:
            Unreachable, NotAccepted: as `survey_server`.
        """
        try:
            return await survey_server(self.pool.get_client(upstream), upstream)
        except (Unreachable, NotAccepted):
            raise
        except Exception as error:
            log.exception("the survey of node %s broke", upstream.name)
            raise BadAnswer(f"its survey broke: {type(error).__name__}") from error

    async def _record(self, node: Node, survey: ServerSurvey) -> None:
        async with self.database.read() as snapshot:
            failing = await server_nodes.list_failing_families(snapshot, node.name)
        able = survey.list_abilities(failing)
        known = node_pool.parse_abilities(node.able_json)
        stale = self.database.clock.now() - node.facts_at >= node_pool.FACTS_LIFETIME
        newly_failing = any(
            one.family in failing and (task not in known or not known[task].lacks)
            for task, one in able.items()
        )
        is_back = node.silent_since is not None or node.sentinel_id is None
        dialect = survey.upstream.dialect
        trouble = node.trouble if node.off_reason is not None else None
        seen = NodeHeartbeat(
            survey.depth,
            "" if dialect is None else dialect.name,
            None,
            SENTINEL,
            max(1, node.epoch),
            trouble=trouble,
        )
        async with self.database.write() as session:
            await node_pool.record_heartbeat(session, node.name, node.url, seen)
            if stale or is_back or newly_failing:
                await node_pool.record_abilities(session, node.name, able)
            if is_back:
                await lifecycle.wake_waiting_jobs(session)
        if node.silent_since is not None:
            log.warning("node %s is back", node.name)

    async def _end_leftovers(self, node: Node) -> None:
        """End the attempts whose job has ended, once the server must be done with them."""
        async with self.database.read() as snapshot:
            left = await server_nodes.list_left_attempts(snapshot, node.name, LEFTOVER_GRACE)
        for one in left:
            if await self._has_let_go(node, one):
                async with self.database.write() as session:
                    await attempts.close_attempt(session, one.id, None, AttemptState.CANCELED)

    async def _has_let_go(self, node: Node, left: LeftAttempt) -> bool:
        """Return True if the server does not work on an attempt any more.

        Of a held call nothing can be asked, and of a server that left the engines file neither: it
        counts until the usual time of its family is over.
        """
        if left.handle is None or node.name not in self.pool.upstreams:
            async with self.database.read() as snapshot:
                usual = await attempts.find_usual_seconds(
                    snapshot, node.name, left.family, left.task
                )
            return left.seconds >= (usual or TASKS[left.task].run_limit_seconds)
        engine = self.pool.make_engine(node.name, node.url, left.family)
        try:
            if isinstance(await engine.poll(left.id, left.handle), FINAL_STATES):
                await engine.forget(left.id, left.handle)
                return True
            await engine.cancel(left.id, left.handle)
        except (Unreachable, OutputUnsafe) as error:
            log.info("node %s: %s", node.name, error)
        finally:
            await engine.close()
        return False
