"""Stages of a submit: where its processor time goes beyond that of an authenticated read.

    python -m bench.submit_stages                on the embedded database, its time included
    python -m bench.submit_stages --postgres     on PostgreSQL, whose own time is not counted

The table is that of `bench.stages`: each stage does one thing more than the stage before.
"""

import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.types import Scope

from bench import stages
from bench.http import CREDIT, JOB_BODY
from bench.load import LoadRequest
from bench.stages import Stage
from gateway.app import Application
from gateway.doors import rest
from gateway.identity.keys.callers import CallerFinder
from gateway.identity.keys.key_ring import KeyRing
from gateway.identity.keys.sessions import Sessions
from gateway.kit.errors import Problem
from gateway.kit.http.browser import Site
from gateway.kit.http.guard import RouteLimits
from gateway.kit.http.routing import Routes
from gateway.kit.operation import Answer, Call, Caller, operation, operation_from_handler
from gateway.kit.wire.json_text import write_json
from gateway.media.jobs.job_schemas import Job
from gateway.media.operations import ACCEPTED, BODY_BYTES
from gateway.media.schemas import SubmitJob, SubmitQuery
from gateway.media.submits.accepted_answer import build_answer
from gateway.media.submits.submit_request import NewJob
from gateway.media.submits.submitter import Submitter

PATH = "/api/v1/media/jobs"
LIMITS = RouteLimits(body_bytes=BODY_BYTES, handler_seconds=90)
declare = operation(
    "POST", PATH, tag="media", response=Job, status=ACCEPTED, scopes=("media",),
    submits=True, allows_cached_key=True, body_bytes=BODY_BYTES, seconds=90,
)  # fmt: skip
# As a submit does, it tells the credit that is left: else each answer would read it anew.
ANSWER = Answer(
    status=ACCEPTED,
    body=b'{"an answer as long as a job":"' + b"-" * 1_500 + b'"}',
    available_microusd=CREDIT,
)


@declare
async def read_body(body: SubmitJob, query: SubmitQuery, caller: Caller) -> Answer:
    """Answer without a look at the body, which is read and checked before."""
    del body, query, caller
    return ANSWER


@declare
async def parse_input(
    body: SubmitJob, query: SubmitQuery, caller: Caller, *, submitter: Submitter
) -> Answer:
    """Parse the input."""
    del query, caller
    submitter.planner.parse_request(body)
    return ANSWER


@declare
async def plan_job(
    call: Call, body: SubmitJob, query: SubmitQuery, caller: Caller, *, submitter: Submitter
) -> Answer:
    """Plan and price the job, and make its ids, as far as an admission that waits."""
    del query
    request = submitter.planner.parse_request(body)
    await submitter._build_admission(call, caller, body, request, b"")  # noqa: SLF001 - a stage
    return ANSWER


@declare
async def admit_job(
    call: Call, body: SubmitJob, query: SubmitQuery, caller: Caller, *, submitter: Submitter
) -> Answer:
    """Admit the job, and answer without headers, span and wake-up.

    Raises:
        Problem: it was refused, and nothing of the benchmark would be true.
    """
    del query
    request = submitter.planner.parse_request(body)
    unit = await submitter._build_admission(call, caller, body, request, b"")  # noqa: SLF001 - a stage
    outcome = await submitter.admissions.submit(unit)
    if not isinstance(outcome, NewJob):
        raise outcome if isinstance(outcome, Problem) else TypeError
    available = outcome.available_microusd
    stored = build_answer(outcome.unit, outcome.created_at, available)
    return Answer(status=stored.status, body=stored.response.encode(), available_microusd=available)


def build_submit_stages(application: Application, keys: list[str]) -> list[Stage]:
    """Build the stages of a submit, from an authenticated read to the application."""
    ports, guard = application.ports, application.asgi
    finder = CallerFinder(ports.get(KeyRing), ports.get(Sessions), ports.get(Site))
    submit = LoadRequest("POST", PATH, keys, write_json(JOB_BODY))

    def build_stage(name: str, handler: Callable[..., Awaitable[Answer]]) -> Stage:
        door = rest.routes([operation_from_handler(handler)], finder, ports)
        router = Routes(door, default=stages.answer_bare)

        def find_route_limits(scope: Scope) -> RouteLimits:
            router.find(scope)  # which the scope keeps, or the guard's own would be served
            return LIMITS

        return Stage(name, replace(guard, app=router, find_route_limits=find_route_limits), submit)

    return [
        Stage("an authenticated read", guard, LoadRequest("GET", "/bench/me", keys)),
        build_stage("body: received, checked, as a model", read_body),
        build_stage("input: as a model", parse_input),
        build_stage("plan, price, ids", plan_job),
        build_stage("admission: decided, written, committed", admit_job),
        Stage("headers, wake-up, limits of every route", guard, submit),
    ]


if __name__ == "__main__":
    sys.exit(stages.main(build_submit_stages))
