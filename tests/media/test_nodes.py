"""The rows of nodes on both databases: their heartbeats and failures, and the node of a job."""

from uuid import UUID, uuid4

import pytest

from gateway.kit.clock import MINUTE, SECOND
from gateway.kit.database import Database, Session
from gateway.media import attempts, nodes, placing
from gateway.media.fleet import Fleet, Offer
from gateway.media.nodes import Able, Given, Seen
from gateway.media.tasks.base import Family
from tests.databases import MovedClock
from tests.rows import add
from workers.engines.parts import kin, part_of

pytestmark = pytest.mark.anyio
TASK, SIZE = "image.generate", 256 * 256
STEPS = Family(steps=25)
ABLE = {TASK: Able("sdxl", 1_000_000, planning=STEPS)}


async def known(
    database: Database, name: str, *, vram: int = 1, depth: int = 0, able: Able = ABLE[TASK]
) -> None:
    async with database.write() as session:
        await nodes.add(session, name, f"http://{name}:1", Given())
        await session.flush()
        what = Seen(depth, "0.27.0", vram, str(uuid4()), 1)
        await nodes.seen(session, name, f"http://{name}:1", what)
        await nodes.proved(session, name, {TASK: able})


async def chosen(
    database: Database, job_id: str, size: int = SIZE, family: str | None = None
) -> str | None:
    async with database.write() as session:
        places = await placing.lock_free_places(session)
        place = await placing.choose_place(
            session, places, placing.Work(job_id, TASK, size, family)
        )
        return None if place is None else place.name


async def tried(database: Database, job_id: str, node: str, kind: str | None = None) -> None:
    async with database.write() as session:
        state = "submitted" if kind is None else "failed"
        ended = None if kind is None else 1
        await add(
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


async def job(database: Database, job_id: str) -> str:
    async with database.write() as session:
        await add(session, "job", id=job_id, hold_id=job_id, state="running", price_microusd=1)
    return job_id


async def test_the_shortest_queue_wins_then_the_same_model_then_the_longest_idle(
    database: Database,
) -> None:
    await known(database, "a", depth=1)
    await known(database, "b")
    await known(database, "c")
    assert await chosen(database, "job_1") in {"b", "c"}
    async with database.write() as session:
        await nodes.done(session, "c", "sdxl")
    assert await chosen(database, "job_1") == "c"


async def test_a_busy_node_is_no_place_and_one_that_failed_the_job_comes_last(
    database: Database,
) -> None:
    await known(database, "a")
    await known(database, "b", vram=9)
    first, second = await job(database, "job_1"), await job(database, "job_2")
    await tried(database, first, "b", "engine_failed")
    assert await chosen(database, first) == "a"
    await tried(database, first, "a", "out_of_memory")
    assert await chosen(database, first) == "b"
    await tried(database, second, "b")
    assert await chosen(database, "job_3") == "a"
    async with database.write() as session:
        bad = await attempts.ended_badly(session, first, "out_of_memory")
        assert (bad.all, bad.alike) == (2, 1)
        assert (await placing.find_running(session, second)) is not None


async def breaks(database: Database, clock: MovedClock, *, stuck: bool) -> list[int]:
    """Let a node fail nine times in a row; return for how many seconds each keeps it shut."""
    await known(database, "a")
    waits = []
    for _ in range(9):
        async with database.write() as session:
            await (nodes.stuck if stuck else nodes.failed)(session, "a")
        async with database.write() as session:
            row = await nodes.find(session, "a")
            waits.append(max(0, round((row.breaker_until - clock.now()) / SECOND)))
    return waits


async def test_stuck_jobs_open_the_breaker_longer_each_time(
    database: Database, clock: MovedClock
) -> None:
    assert await breaks(database, clock, stuck=True) == [30, 30, 30, 60, 120, 240, 480, 600, 600]


async def test_a_silent_node_is_looked_for_at_every_beat_and_works_again_once_found(
    database: Database, clock: MovedClock
) -> None:
    assert await breaks(database, clock, stuck=False) == [0] * 9
    async with database.write() as session:
        await nodes.stuck(session, "a")  # its job ran into its limit meanwhile
    assert await chosen(database, "job_1") is None
    async with database.write() as session:
        assert [node.name for node in await nodes.due(session)] == ["a"]
        assert await nodes.due(session) == []
    await clock.forward(database, nodes.BEAT)
    async with database.write() as session:
        assert [node.name for node in await nodes.due(session)] == ["a"]
        assert await nodes.due(session) == []
        await nodes.seen(session, "a", "http://a:1", Seen(0, "", None, "s", 2))
    assert await chosen(database, "job_1") == "a"


async def test_the_fleet_can_what_its_nodes_can_for_ten_minutes(
    database: Database, clock: MovedClock
) -> None:
    fleet = Fleet(database)
    await known(database, "a")
    await fleet.refresh()
    assert (fleet.runs(TASK), fleet.runs("video.extend")) == (True, False)
    assert fleet.offer(TASK) == Offer("sdxl", STEPS, 1_000_000)
    assert fleet.offer("video.extend") is None
    assert await chosen(database, "job_1", 1_000_001) is None
    async with database.write() as session:
        await nodes.lacks(session, "a", TASK, "the model is gone")
    await fleet.refresh()
    assert not fleet.runs(TASK)
    await known(database, "b")
    await clock.forward(database, 11 * MINUTE)
    await fleet.refresh()
    assert not fleet.runs(TASK)


async def test_a_silent_or_drained_node_takes_nothing_though_it_runs_such_work(
    database: Database,
) -> None:
    fleet = Fleet(database)
    await known(database, "a")
    for upset in (nodes.failed, drained):
        async with database.write() as session:
            await upset(session, "a")
        await fleet.refresh()
        assert (fleet.runs(TASK), fleet.takes(TASK, None)) == (True, False)
        async with database.write() as session:
            await nodes.seen(session, "a", "http://a:1", Seen(0, "", None, "s", 1))
            (await nodes.find(session, "a")).draining = 0
        await fleet.refresh()
        assert (fleet.takes(TASK, "sdxl"), fleet.takes(TASK, "flux")) == (True, False)


async def drained(session: Session, name: str) -> None:
    (await nodes.find(session, name)).draining = 1


async def test_what_ran_on_a_node_is_found_and_lost_with_it(database: Database) -> None:
    await known(database, "a")
    await tried(database, await job(database, "job_1"), "a")
    async with database.write() as session:
        running = await placing.find_running(session, "job_1")
        assert running is not None
        sent = UUID(running.attempt)
        queued = [(str(one), *kin(one)) for one in (sent, part_of(sent, 7), uuid4())]
        assert await attempts.ended(session, queued) == []
        await attempts.orphan(session, "job_1")
        assert await placing.find_running(session, "job_1") is not None
        await nodes.remove(session, "a")
        assert await attempts.ended(session, queued) == [sent, part_of(sent, 7)]
    async with database.write() as session:
        assert await attempts.left_behind(session, "a", 0) == []


async def test_a_job_runs_only_on_the_family_it_was_planned_for(database: Database) -> None:
    flux = Able("flux", planning=Family(heeds_negative_prompt=False, bound=frozenset({"seed"})))
    await known(database, "a", able=flux)
    await known(database, "b")
    await known(database, "c")
    fleet = Fleet(database)
    await fleet.refresh()
    offer = fleet.offer(TASK)
    assert offer is not None
    assert offer.family == "sdxl"
    assert await chosen(database, "job_1", family="flux") == "a"
    assert await chosen(database, "job_1", family="qwen-image-edit") is None
    async with database.read() as snapshot:
        node = next(node for node in await nodes.everyone(snapshot) if node.name == "a")
        assert nodes.read_able(node.able_json) == {TASK: flux}
