"""The ports of a world: an engine, a bank, a mailer and a receiver that the seed makes fail.

Each first checks that the calling process is alive (`crash_if_dead`): a request of a process that
died in a crash must not reach the outside.
"""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import httpx2
from PIL import Image
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from gateway.kit.outgoing.guarded_transport import FetchRefused
from gateway.kit.outgoing.safe_fetch import FetchBudget, PostReply
from gateway.mail.base import Mail, MailRefused
from gateway.media.nodes.node_pool import NodeAbility
from gateway.stripe_stand_in.api import Api
from gateway.stripe_stand_in.store import Store
from tests.fakes.stripe.client import STRIPE_KEY
from tests.faults.loop import crash_if_dead
from workers.engines.base import (
    FINAL_STATES,
    Absent,
    Blob,
    Canceled,
    EngineFacts,
    EngineWithOurIds,
    Failed,
    InputRef,
    OutcomeUnknown,
    OutputRef,
    Pending,
    Poll,
    Progress,
    Rejected,
    RenderPlan,
    Running,
    Submitted,
    Succeeded,
    Unreachable,
)
from workers.engines.comfyui.engine import NodeStats
from workers.engines.report import EngineReport
from workers.video.chores.child import do_chore
from workers.video.chores.chore_forms import Chore

SENTINEL_ID = UUID(int=1)
PLANNED_ABILITIES = {"image.generate": NodeAbility("planned")}
OUTCOME_WEIGHTS = {
    "ok": 12,
    "fail": 2,
    "out of memory": 1,
    "hang": 1,
    "garbage": 1,
    "empty": 1,
    "reject": 1,
    "unknown": 1,
    "lost": 1,
    "gone": 1,
}


@dataclass(slots=True)
class PlannedAttempt:
    """A plan on the engine, with its planned outcome and when it ends, in seconds of the loop."""

    plan: RenderPlan
    outcome: str
    due_seconds: float
    state: Poll | None = None


@dataclass(slots=True)
class PlannedEngine(EngineWithOurIds):
    """The sandbox, which dies with the gateway; the seed draws how each attempt ends."""

    random: Random
    is_faulty: bool = True
    favourite_outcome: str | None = None
    attempts: dict[UUID, PlannedAttempt] = field(default_factory=dict)

    async def facts(self) -> EngineFacts:
        return EngineFacts(engine="planned", version="1")

    async def put_input(self, blob: Blob) -> InputRef:
        crash_if_dead()
        return InputRef(f"{blob.sha256}{blob.path.suffix}")

    async def submit(self, attempt: UUID, plan: RenderPlan) -> Submitted | Rejected:
        crash_if_dead()
        names, weights = list(OUTCOME_WEIGHTS), list(OUTCOME_WEIGHTS.values())
        outcome = self.random.choices(names, weights)[0] if self.is_faulty else "ok"
        if self.is_faulty and self.favourite_outcome is not None and self.random.random() < 0.6:
            outcome = self.favourite_outcome
        if outcome == "reject":
            return Rejected("refused", "not today")
        if outcome != "gone":
            seconds = self.random.choice((0.0, 0.5, 30.0))
            until = asyncio.get_running_loop().time() + seconds
            self.attempts[attempt] = PlannedAttempt(plan, outcome, until)
        if outcome in {"gone", "unknown"}:
            raise OutcomeUnknown("the answer was lost")
        return Submitted()

    async def poll(self, attempt: UUID, _handle: str | None = None) -> Poll:
        crash_if_dead()
        found = self.attempts.get(attempt)
        if found is None:
            return Absent()
        now = asyncio.get_running_loop().time()
        if found.state is None and now >= found.due_seconds and found.outcome != "hang":
            found.state = self._end_attempt(attempt, found)
        return found.state or Running()

    def _end_attempt(self, attempt: UUID, found: PlannedAttempt) -> Poll:
        match found.outcome:
            case "fail":
                return Failed("exception", "it broke")
            case "out of memory":
                return Failed("out_of_memory", "it was too large")
            case "lost":
                return Absent()
        count = int(found.plan.effective_input.get("count", 1))
        return Succeeded(tuple(OutputRef(attempt, f"{n}.png", "image/png") for n in range(count)))

    async def watch(self, _attempt: UUID) -> AsyncIterator[Progress]:
        silence: tuple[Progress, ...] = ()
        for each in silence:
            yield each

    def report(self, _attempt: UUID) -> EngineReport:
        return EngineReport()

    async def cancel(self, attempt: UUID, _handle: str | None = None) -> None:
        crash_if_dead()
        found = self.attempts.get(attempt)
        if found is not None and not isinstance(found.state, FINAL_STATES):
            found.state = Canceled()

    async def withdraw(self, _attempt: UUID) -> bool:
        return False

    async def open_output(self, ref: OutputRef) -> AsyncIterator[bytes]:
        crash_if_dead()
        found = self.attempts.get(ref.attempt)
        if found is None:
            raise FileNotFoundError(ref.name)
        if found.outcome == "garbage":
            yield b"<html>not a picture</html>"
        elif found.outcome != "empty":
            values = found.plan.effective_input
            yield make_png(int(values["width"]), int(values["height"]))

    async def forget(self, attempt: UUID, _handle: str | None = None) -> None:
        crash_if_dead()
        self.attempts.pop(attempt, None)

    async def close(self) -> None:
        """Do nothing: the attempts go on without the client that is closed."""


def make_png(width: int, height: int) -> bytes:
    """Return a PNG of this size."""
    stream = io.BytesIO()
    Image.new("RGB", (width, height), (90, 40, 160)).save(stream, "png", compress_level=1)
    return stream.getvalue()


class PlannedNode(PlannedEngine):
    """A node of the pool: it outlives the gateway, has other clients, and may not answer."""

    async def poll(self, attempt: UUID, _handle: str | None = None) -> Poll:
        crash_if_dead()
        if attempt == SENTINEL_ID:
            return Succeeded(())
        if self.is_faulty and self.random.random() < 0.05:
            raise Unreachable("no answer")
        if self.is_faulty and self._waits(attempt):
            return Pending(1)
        return await PlannedEngine.poll(self, attempt)

    def _waits(self, attempt: UUID) -> bool:
        """Return True while an attempt is queued, as each fourth is for half of its time."""
        found = self.attempts.get(attempt)
        half = asyncio.get_running_loop().time() + 15
        return (
            found is not None
            and found.state is None
            and not attempt.int % 4
            and (found.due_seconds > half)
        )

    async def withdraw(self, attempt: UUID) -> bool:
        crash_if_dead()
        return self._waits(attempt) and self.attempts.pop(attempt) is not None

    async def fetch_stats(self) -> NodeStats:
        crash_if_dead()
        if self.is_faulty and self.random.random() < 0.05:
            raise Unreachable("no answer")
        return NodeStats("1", None, None)

    async def fetch_depth(self) -> int:
        return len(await self.list_queued_ids())

    async def list_queued_ids(self) -> list[str]:
        crash_if_dead()
        return [str(name) for name, each in self.attempts.items() if each.state is None]

    async def fetch_facts(self) -> None:
        crash_if_dead()

    async def is_old(self, _sentinel: UUID) -> bool:
        return False


@dataclass(slots=True)
class PlannedPool:
    """A pool in which every node is the same one."""

    node: PlannedNode
    engines: None = None
    server_tasks: frozenset[str] = frozenset()

    def get_engine(self, _node: str, _url: str) -> PlannedNode:
        return self.node

    def make_engine(
        self, _node: str, _url: str, _family: str | None, _origin: object = None
    ) -> PlannedNode:
        return self.node

    async def close(self) -> None:
        """Do nothing: the node outlives the pool."""


async def do_chores_here(chores: Sequence[Chore], *, otherwise: Any) -> Any:  # noqa: ANN401 - as `do_chores`
    """Do chores in this process: for a child process time would not stand still."""
    try:
        return [do_chore(chore) for chore in chores]
    except Exception as error:
        raise otherwise(str(error)) from error


class InlineBank:
    """The stand-in for Stripe without a socket; `events` are those that it has to deliver."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.events: list[dict[str, Any]] = []
        self.store = Store("http://bank.test", self.events.append)
        self.api = Api(self.store)
        self._app = Starlette(routes=self.api.routes())

    def build_client(self) -> httpx2.AsyncClient:
        """Return the HTTP client with which the SDK reaches it."""
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(self._answer))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        crash_if_dead()
        await self._app(scope, receive, send)

    def build_settings(self) -> dict[str, str]:
        """Return the settings of a gateway that sells through it in the test book."""
        return {
            "test_stripe_key": STRIPE_KEY,
            "test_stripe_webhook_secrets": "whsec_standin",
            "test_stripe_api_base": "http://127.0.0.1:1",
        }


@dataclass(slots=True)
class PlannedMailer:
    """A mail server that takes a mail, refuses it, or is away."""

    random: Random
    is_faulty: bool = True
    sent: list[str] = field(default_factory=list)

    async def send(self, mail: Mail, mail_id: str) -> None:
        crash_if_dead()
        chance = self.random.random() if self.is_faulty else 1
        if chance < 0.1:
            raise MailRefused
        if chance < 0.3:
            raise ConnectionError
        self.sent.append(f"{mail_id} {mail.to}")


@dataclass(slots=True)
class PlannedReceiver:
    """The fetcher of users' URLs: a webhook is taken, answered with 500, or never answered."""

    random: Random
    is_faulty: bool = True

    def new_budget(self) -> FetchBudget:
        return FetchBudget(0, 0.0)

    async def check_url(self, _url: str) -> None:
        """Let every URL pass: nothing is dialled."""

    async def post(self, _url: str, **_sent: object) -> PostReply:
        crash_if_dead()
        chance = self.random.random() if self.is_faulty else 1
        if chance < 0.2:
            raise FetchRefused("timeout")
        return PostReply(500 if chance < 0.4 else 200, None)
