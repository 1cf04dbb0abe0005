"""The rows of nodes on both databases: their heartbeats and failures, and the node of a job."""

from uuid import UUID, uuid4

import pytest

from gateway.kit.clock import MINUTE, SECOND
from gateway.kit.database.sessions import Database, Session
from gateway.media.jobs import attempts
from gateway.media.nodes import node_pool, placement
from gateway.media.nodes.fleet import Fleet, TaskOffer
from gateway.media.nodes.node_pool import NodeAbility, NodeHeartbeat, NodeSettings
from gateway.media.tasks.base import Family
from tests.databases import MovedClock
from tests.rows import insert_row
from workers.engines.part_ids import part_id, part_id_range

pytestmark = pytest.mark.anyio
TASK, SIZE = "image.generate", 256 * 256
STEPS = Family(steps=25)
ABLE = {TASK: NodeAbility("sdxl", 1_000_000, planning=STEPS)}


async def add_known_node(
    database: Database, name: str, *, vram: int = 1, depth: int = 0, able: NodeAbility = ABLE[TASK]
) -> None:
    async with database.write() as session:
        await node_pool.save_node(session, name, f"http://{name}:1", NodeSettings())
        await session.flush()
        what = NodeHeartbeat(depth, "0.27.0", vram, str(uuid4()), 1)
        await node_pool.record_heartbeat(session, name, f"http://{name}:1", what)
        await node_pool.record_abilities(session, name, {TASK: able})


async def choose_node(
    database: Database, job_id: str, size: int = SIZE, family: str | None = None
) -> str | None:
    async with database.write() as session:
        places = await placement.lock_free_places(session)
        place = await placement.choose_place(
            session, places, placement.PlacedWork(job_id, TASK, size, family)
        )
        return None if place is None else place.name


async def add_attempt(database: Database, job_id: str, node: str, kind: str | None = None) -> None:
    async with database.write() as session:
        state = "submitted" if kind is None else "failed"
        ended = None if kind is None else 1
        await insert_row(
            session,
            "media_attempt",
            id=str(uuid4()),
            job_id=job_id,
            node=node,
            state=state,
            failure_kind=kind,
            finished_at=ended,
            submitted_at=1,
        )


async def add_job(database: Database, job_id: str) -> str:
    async with database.write() as session:
        await insert_row(
            session, "job", id=job_id, hold_id=job_id, state="running", price_microusd=1
        )
    return job_id


async def test_the_shortest_queue_wins_then_the_same_model_then_the_longest_idle(
    database: Database,
) -> None:
    await add_known_node(database, "a", depth=1)
    await add_known_node(database, "b")
    await add_known_node(database, "c")
    assert await choose_node(database, "job_1") in {"b", "c"}
    async with database.write() as session:
        await node_pool.record_job_done(session, "c", "sdxl")
    assert await choose_node(database, "job_1") == "c"


async def test_the_queue_of_comfyui_counts_as_it_is_however_many_jobs_it_may_get(
    database: Database,
) -> None:
    await add_known_node(database, "a", depth=3)
    await add_known_node(database, "b", depth=2)
    async with database.write() as session:
        (await node_pool.get_node(session, "a")).max_inflight = 2
    assert await choose_node(database, "job_1") == "b"


async def test_a_busy_node_is_no_place_and_one_that_failed_the_job_comes_last(
    database: Database,
) -> None:
    await add_known_node(database, "a")
    await add_known_node(database, "b", vram=9)
    first, second = await add_job(database, "job_1"), await add_job(database, "job_2")
    await add_attempt(database, first, "b", "engine_failed")
    assert await choose_node(database, first) == "a"
    await add_attempt(database, first, "a", "out_of_memory")
    assert await choose_node(database, first) == "b"
    await add_attempt(database, second, "b")
    assert await choose_node(database, "job_3") == "a"
    async with database.write() as session:
        bad = await attempts.count_bad_attempts(session, first, "out_of_memory")
        assert (bad.total, bad.same_kind) == (2, 1)
        assert (await placement.find_running_attempt(session, second)) is not None


async def record_breaks(database: Database, clock: MovedClock, *, stuck: bool) -> list[int]:
    """Let a node fail nine times in a row; return for how many seconds each keeps it shut."""
    await add_known_node(database, "a")
    waits = []
    for _ in range(9):
        async with database.write() as session:
            await (node_pool.open_breaker if stuck else node_pool.record_node_failure)(session, "a")
        async with database.write() as session:
            row = await node_pool.get_node(session, "a")
            waits.append(max(0, round((row.breaker_until - clock.now()) / SECOND)))
    return waits


async def test_stuck_jobs_open_the_breaker_longer_each_time(
    database: Database, clock: MovedClock
) -> None:
    assert await record_breaks(database, clock, stuck=True) == [
        30,
        30,
        30,
        60,
        120,
        240,
        480,
        600,
        600,
    ]


async def test_a_silent_node_is_looked_for_at_every_beat_and_works_again_once_found(
    database: Database, clock: MovedClock
) -> None:
    assert await record_breaks(database, clock, stuck=False) == [0] * 9
    async with database.write() as session:
        await node_pool.open_breaker(session, "a")  # its job ran into its limit meanwhile
    assert await choose_node(database, "job_1") is None
    async with database.write() as session:
        assert [node.name for node in await node_pool.claim_due_nodes(session)] == ["a"]
        assert await node_pool.claim_due_nodes(session) == []
    await clock.advance(database, node_pool.HEARTBEAT_PERIOD)
    async with database.write() as session:
        assert [node.name for node in await node_pool.claim_due_nodes(session)] == ["a"]
        assert await node_pool.claim_due_nodes(session) == []
        await node_pool.record_heartbeat(
            session, "a", "http://a:1", NodeHeartbeat(0, "", None, "s", 2)
        )
    assert await choose_node(database, "job_1") == "a"


async def test_the_fleet_can_what_its_nodes_can_for_ten_minutes(
    database: Database, clock: MovedClock
) -> None:
    fleet = Fleet(database)
    await add_known_node(database, "a")
    await fleet.refresh()
    assert (fleet.can_run(TASK), fleet.can_run("video.extend")) == (True, False)
    assert fleet.find_offer(TASK) == TaskOffer("sdxl", STEPS, 1_000_000)
    assert fleet.find_offer("video.extend") is None
    assert await choose_node(database, "job_1", 1_000_001) is None
    async with database.write() as session:
        await node_pool.withdraw_task(session, "a", TASK, "the model is gone")
    await fleet.refresh()
    assert not fleet.can_run(TASK)
    await add_known_node(database, "b")
    await clock.advance(database, 11 * MINUTE)
    await fleet.refresh()
    assert not fleet.can_run(TASK)


async def test_a_silent_or_drained_node_takes_nothing_though_it_runs_such_work(
    database: Database,
) -> None:
    fleet = Fleet(database)
    await add_known_node(database, "a")
    for upset in (node_pool.record_node_failure, drain_node):
        async with database.write() as session:
            await upset(session, "a")
        await fleet.refresh()
        assert (fleet.can_run(TASK), fleet.takes_work(TASK, None)) == (True, False)
        async with database.write() as session:
            await node_pool.record_heartbeat(
                session, "a", "http://a:1", NodeHeartbeat(0, "", None, "s", 1)
            )
            (await node_pool.get_node(session, "a")).draining = 0
        await fleet.refresh()
        assert (fleet.takes_work(TASK, "sdxl"), fleet.takes_work(TASK, "flux")) == (True, False)


async def drain_node(session: Session, name: str) -> None:
    (await node_pool.get_node(session, name)).draining = 1


async def test_what_ran_on_a_node_is_found_and_lost_with_it(database: Database) -> None:
    await add_known_node(database, "a")
    await add_attempt(database, await add_job(database, "job_1"), "a")
    async with database.write() as session:
        running = await placement.find_running_attempt(session, "job_1")
        assert running is not None
        sent = UUID(running.attempt_id)
        queued = [(str(one), *part_id_range(one)) for one in (sent, part_id(sent, 7), uuid4())]
        assert await attempts.list_ended_attempts(session, queued) == []
        await attempts.mark_orphaned_attempt_lost(session, "job_1")
        assert await placement.find_running_attempt(session, "job_1") is not None
        await node_pool.remove_node(session, "a")
        assert await attempts.list_ended_attempts(session, queued) == [sent, part_id(sent, 7)]
    async with database.write() as session:
        assert await attempts.list_leftover_node_attempts(session, "a", 0) == []


async def test_a_job_runs_only_on_the_family_it_was_planned_for(database: Database) -> None:
    flux = NodeAbility(
        "flux", planning=Family(heeds_negative_prompt=False, bound=frozenset({"seed"}))
    )
    await add_known_node(database, "a", able=flux)
    await add_known_node(database, "b")
    await add_known_node(database, "c")
    fleet = Fleet(database)
    await fleet.refresh()
    offer = fleet.find_offer(TASK)
    assert offer is not None
    assert offer.family == "sdxl"
    assert await choose_node(database, "job_1", family="flux") == "a"
    assert await choose_node(database, "job_1", family="qwen-image-edit") is None
    async with database.read() as snapshot:
        node = next(node for node in await node_pool.list_nodes(snapshot) if node.name == "a")
        assert node_pool.parse_abilities(node.able_json) == {TASK: flux}
