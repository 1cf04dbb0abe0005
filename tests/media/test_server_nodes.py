"""The rows of servers on both databases: handles, costs, rests, and what is left on them."""

from dataclasses import replace

import pytest

from gateway.kit.clock import MINUTE
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.media.jobs import attempts, lifecycle
from gateway.media.jobs.claims import ClaimedJob
from gateway.media.nodes import node_pool, placement, server_nodes
from gateway.media.nodes.node_pool import NodeAbility, NodeHeartbeat
from gateway.media.nodes.upstream import StoredReport
from gateway.media.oversight.margins import load_margins
from gateway.media.states import AttemptState
from gateway.media.tables import Attempt
from tests.databases import MovedClock
from tests.rows import insert_row

pytestmark = pytest.mark.anyio
NODE, URL, TASK = "omni", "http://omni:1/v1", "image.generate"
SENT = StoredReport(handle="video_1", cost_microusd=4_000, cost_state="expected")


async def add_server(database: Database) -> None:
    async with database.write() as session:
        await server_nodes.enrol_server(session, NODE, URL, 4)
        await session.flush()
        await node_pool.record_heartbeat(
            session, NODE, URL, NodeHeartbeat(0, "vllm-omni", None, "server", 1)
        )
        await node_pool.record_abilities(session, NODE, {TASK: NodeAbility("pictures")})


async def run_attempt(
    database: Database, ids: Ids, kind: str | None, book: str = "live", again: str | None = None
) -> str:
    """Add a job, or take the one of `again`, with one ended attempt that cost something."""
    job_id = again or ids.new("job")
    claimed = ClaimedJob(job_id, 1, 0, TASK, {}, {}, 60, node=NODE, url=URL, family="pictures")
    async with database.write() as session:
        state, captured = ("succeeded", 20_000) if kind is None else ("failed", 0)
        if again is None:
            await insert_row(
                session,
                "job",
                id=job_id,
                book=book,
                task=TASK,
                state=state,
                fence=1,
                price_microusd=20_000,
                hold_id=ids.new("hold"),
                captured_microusd=captured,
            )
        started = await attempts.start_attempt(session, claimed)
        await attempts.update_attempt(session, started.id, 1, AttemptState.SUBMITTED, SENT)
        end = AttemptState.SUCCEEDED if kind is None else AttemptState.FAILED
        lost = replace(SENT, cost_state="possible")
        report = lost if kind == "lost" else SENT
        await attempts.close_attempt(session, started.id, 1, end, kind, report)
    return job_id


async def test_a_handle_is_there_for_the_worker_that_adopts(database: Database, ids: Ids) -> None:
    await add_server(database)
    job_id = ids.new("job")
    claimed = ClaimedJob(job_id, 1, 0, TASK, {}, {}, 60, node=NODE, url=URL, family="pictures")
    async with database.write() as session:
        await insert_row(
            session, "job", id=job_id, book="live", state="running", fence=1, price_microusd=1
        )
        first = await attempts.start_attempt(session, claimed)
        await attempts.update_attempt(session, first.id, 1, AttemptState.SUBMITTED, SENT)
        again = replace(claimed, fence=2, adopted_attempt_id=str(first.id))
        adopted = await attempts.start_attempt(session, again)
        assert (adopted.id, adopted.handle) == (first.id, "video_1")
        places = await placement.list_free_places(session)
        assert [(one.engine, one.load) for one in places] == [("openai", places[0].load)]
        assert places[0].max_inflight * places[0].load == 1


async def test_a_margin_has_the_possible_cost_apart(database: Database, ids: Ids) -> None:
    await add_server(database)
    for kind in (None, None, "output_invalid", "lost"):
        await run_attempt(database, ids, kind)
    await run_attempt(database, ids, None, book="test")
    async with database.read() as snapshot:
        [margin] = await load_margins(snapshot, 30)
    assert (margin.family, margin.jobs, margin.captured_microusd) == ("pictures", 2, 40_000)
    assert (margin.cost_microusd, margin.possible_microusd) == (12_000, 4_000)
    assert margin.margin_microusd == 28_000


async def test_a_job_that_fails_twice_makes_no_family_fail(database: Database, ids: Ids) -> None:
    await add_server(database)
    job_id = await run_attempt(database, ids, "output_invalid")
    await run_attempt(database, ids, "output_invalid", again=job_id)
    async with database.read() as snapshot:
        assert await server_nodes.list_failing_families(snapshot, NODE) == set()


async def test_a_cost_that_is_cleared_is_gone(database: Database, ids: Ids) -> None:
    await add_server(database)
    job_id = await run_attempt(database, ids, None)
    claimed = ClaimedJob(job_id, 1, 0, TASK, {}, {}, 60, node=NODE, url=URL, family="pictures")
    async with database.write() as session:
        refused = await attempts.start_attempt(session, claimed)
        await attempts.update_attempt(session, refused.id, 1, AttemptState.SUBMITTED, SENT)
        end = (AttemptState.REJECTED, "node_busy", StoredReport(cost_state="none"))
        await attempts.close_attempt(session, refused.id, 1, *end)
    async with database.read() as snapshot:
        row = await snapshot.get(Attempt, str(refused.id))
        assert row is not None
        assert (row.cost_microusd, row.cost_state, row.handle) == (None, "none", "video_1")


async def test_two_bad_outputs_in_a_row_make_a_family_fail(database: Database, ids: Ids) -> None:
    await add_server(database)
    for kind, failing in (
        ("output_invalid", set()),
        (None, set()),
        ("output_invalid", set()),
        ("output_invalid", {"pictures"}),
    ):
        await run_attempt(database, ids, kind)
        async with database.read() as snapshot:
            assert await server_nodes.list_failing_families(snapshot, NODE) == failing


async def test_a_server_rests_or_is_off_and_a_restart_gives_it_another_chance(
    database: Database, clock: MovedClock
) -> None:
    await add_server(database)

    async def count_places() -> int:
        async with database.read() as snapshot:
            return len(await placement.list_free_places(snapshot))

    async with database.write() as session:
        await server_nodes.rest_node(session, NODE, 30)
    assert await count_places() == 0
    await clock.advance(database, MINUTE)
    assert await count_places() == 1
    async with database.write() as session:
        await server_nodes.turn_node_off(session, NODE, "unpaid", "402")
    assert await count_places() == 0
    async with database.write() as session:
        await server_nodes.enrol_server(session, NODE, URL, 4)
    assert await count_places() == 1


async def test_what_is_left_on_a_server_is_listed_with_its_handle(
    database: Database, ids: Ids
) -> None:
    await add_server(database)
    job_id = ids.new("job")
    claimed = ClaimedJob(job_id, 1, 0, TASK, {}, {}, 60, node=NODE, url=URL, family="pictures")
    async with database.write() as session:
        ended = {"state": "canceled", "finished_at": 1, "price_microusd": 1}
        await insert_row(session, "job", id=job_id, book="live", task=TASK, fence=1, **ended)
        started = await attempts.start_attempt(session, claimed)
        await attempts.update_attempt(session, started.id, 1, AttemptState.CANCELING, SENT)
    async with database.read() as snapshot:
        [left] = await server_nodes.list_left_attempts(snapshot, NODE, MINUTE)
    assert (left.id, left.handle, left.task) == (started.id, "video_1", TASK)


def test_hops_are_read_from_the_metadata_of_a_job() -> None:
    assert server_nodes.read_hops(None) == 0
    assert server_nodes.read_hops('{"killatamata_hops":"2","a":"b"}') == 2
    assert server_nodes.read_hops('{"killatamata_hops":"-1"}') == 0


async def test_a_worker_without_a_server_leaves_its_jobs_to_those_that_know_it(
    database: Database, ids: Ids
) -> None:
    await add_server(database)
    size = '{"width": 256, "height": 256}'
    async with database.write() as session:
        await insert_row(
            session,
            "job",
            id=ids.new("job"),
            book="live",
            state="queued",
            price_microusd=1,
            queue="image",
            task=TASK,
            effective_input_json=size,
            inputs_json="{}",
            hold_id=ids.new("hold"),
        )
    for was_sent in (False, True):
        async with database.write() as session:
            left = await lifecycle.claim_job(session, "image", running_limit=4, servers={"other"})
            assert left is None
            claimed = await lifecycle.claim_job(session, "image", running_limit=4, servers={NODE})
            assert claimed is not None
            assert (claimed.adopted_attempt_id is not None) == was_sent
            await attempts.start_attempt(session, claimed)
            await lifecycle.requeue_job(session, claimed)
