"""A whole gateway in this process whose ids and times are the same in every run.

Nothing runs beside the story: it works, sweeps and lets time pass when it says so.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock
from uuid import UUID

from starlette.applications import Starlette

from gateway.app import Application, build_application
from gateway.configuration.settings import Settings
from gateway.identity.keys.key_ring import KeyRing
from gateway.kit.clock import SECOND
from gateway.kit.http.rate_limit import RateLimits
from gateway.kit.ids import Ids
from gateway.kit.queue import JOB_QUEUES
from gateway.mail.outbox import Mailer
from gateway.media.webhooks.deliveries import DeliveryDispatcher
from gateway.payments.shop import Shop
from gateway.stripe_stand_in.api import Api
from gateway.stripe_stand_in.store import Store
from tests.databases import read_migrated_sqlite
from tests.examples.neutral import EXAMPLE_SITE, Neutralizer
from tests.fakes.anthropic import api as anthropic
from tests.fakes.anthropic.script import Script
from tests.fakes.anthropic.serving import serve_model
from tests.fakes.coinbase import COINBASE_WEBHOOK_SECRET as COINBASE_SECRET
from tests.fakes.coinbase import KEY_ID, Coinbase
from tests.fakes.evm.chain import Chain
from tests.fakes.evm.facilitator import Facilitator
from tests.fakes.evm.serving import serve_facilitator, serve_node
from tests.fakes.oidc import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, Issuer, serve_issuer
from tests.fakes.serving import serve_application
from tests.fakes.smtp import Inbox, run_inbox
from tests.fakes.stripe.client import STRIPE_KEY
from tests.fakes.stripe.client import STRIPE_WEBHOOK_SECRET as STRIPE_SECRET
from tests.in_process import run_sweeps_once
from tests.payments.wallets import XPUB
from tests.receiver import WebhookReceiver, serve_receiver
from workers.jobs.runtime import Runtime

START = 1_795_615_200 * SECOND  # 2026-11-25 14:00 UTC
TREASURY = "0x" + "cd" * 20
RECEIVER = f"{EXAMPLE_SITE}/hooks/media"
PATIENCE_SECONDS = 30


class StoryClock:
    """A wall clock that stands still until the story moves it."""

    def __init__(self) -> None:
        self.now_microseconds = START

    def now(self) -> int:
        """Return microseconds since 1970."""
        return self.now_microseconds

    def seconds(self) -> float:
        """Return seconds since 1970, as `time.time` does."""
        return self.now_microseconds / SECOND

    def advance(self, microseconds: int) -> None:
        """Let time pass."""
        self.now_microseconds += microseconds


@dataclass(slots=True, kw_only=True)
class StandIns:
    """The stand-ins of all services that the gateway calls, each reached by its real client."""

    inbox: Inbox
    bank: Store
    chain: Chain
    facilitator: Facilitator
    coinbase: Coinbase
    google: Issuer
    model: Script
    receiver: WebhookReceiver


@dataclass(slots=True, kw_only=True)
class World:
    """The gateway of the story, its worker, its clock and the stand-ins around it."""

    application: Application
    runtime: Runtime
    clock: StoryClock
    stand_ins: StandIns
    neutralizer: Neutralizer

    async def run_due_jobs(self) -> None:
        """Run every job that is due."""
        for queue in JOB_QUEUES:
            while await self.runtime.run_next_job(queue):
                pass

    async def answer_messages(self) -> None:
        """Answer every message to the agent that waits."""
        agents: Any = self.runtime.agents
        await agents.begin_due_requests()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*agents.running)

    async def run_sweeps(self) -> None:
        """Run each sweep once."""
        await run_sweeps_once(self.application)


@asynccontextmanager
async def open_world() -> AsyncIterator[World]:
    """Yield a gateway over an empty database."""
    clock, chance = StoryClock(), Random(7)  # noqa: S311 - to be the same in each run
    async with AsyncExitStack() as stack:
        enter = stack.enter_context
        folder = Path(enter(tempfile.TemporaryDirectory(prefix="kt-examples-")))
        for name, instead in _list_patches(clock, chance).items():
            enter(mock.patch(name, instead))
        defaults = ("", clock.seconds, None)  # it keeps the time of its first import
        enter(mock.patch.object(RateLimits.__init__, "__defaults__", defaults))
        enter(mock.patch.dict(os.environ, {k: v for k, v in os.environ.items() if k[:3] != "KT_"}))
        bank, coinbase = Store("http://bank.test", lambda _event: None), Coinbase()
        (chain_url, _), (facilitator_url, facilitator) = (
            enter(serve_node(chain := Chain())),
            enter(serve_facilitator(chain)),
        )
        agent_url, model = enter(serve_model())
        outside = StandIns(
            inbox=enter(run_inbox()),
            bank=bank,
            chain=chain,
            facilitator=facilitator,
            coinbase=coinbase,
            google=enter(serve_issuer()),
            model=model,
            receiver=await stack.enter_async_context(serve_receiver()),
        )
        settings = _build_settings(
            folder,
            outside,
            test_stripe_api_base=enter(serve_application(Starlette(routes=Api(bank).routes()))),
            test_coinbase_api_base=enter(serve_application(coinbase.build_application())),
            test_evm_rpc_url=chain_url,
            test_x402_facilitator_url=facilitator_url,
            agent_base_url=agent_url,
        )
        (folder / "kt.db").write_bytes(read_migrated_sqlite())
        ids = Ids(clock, chance.randbytes)
        application = build_application(settings, clock, ids)
        stack.push_async_callback(_close_application, application)
        await application.recover()
        assert application.host is not None
        runtime = await application.host._make_runtime()
        stack.push_async_callback(runtime.close)
        neutral = Neutralizer(
            {
                outside.receiver.url: RECEIVER,
                outside.receiver.url.partition("?")[0]: RECEIVER,
                "http://bank.test": "https://checkout.stripe.com",
                outside.google.url: "https://accounts.google.com",
            }
        )
        yield World(
            application=application,
            runtime=runtime,
            clock=clock,
            stand_ins=outside,
            neutralizer=neutral,
        )


async def _close_application(application: Application) -> None:
    """Close the parts of an application by hand: it was never started, so it cannot be stopped."""
    await application.admissions.close()
    ports = application.ports
    for part in (DeliveryDispatcher, Mailer, KeyRing, RateLimits, Shop):
        closable: Any = ports.get(part)
        await closable.close()
    assert application.host is not None
    await application.host.heartbeats.pool.close()
    await application.database.close()


def _list_patches(clock: StoryClock, chance: Random) -> dict[str, Any]:
    """Return replacements, by name, of all else that draws by chance or reads the time."""
    return {
        "time.time": clock.seconds,
        "time.time_ns": lambda: clock.now_microseconds * 1_000,
        "gateway.ledger.operations.AVAILABLE_CACHE_SECONDS": 0,  # real time of the machine
        "workers.jobs.leases.TICK_SECONDS": 3_600,  # how far a job is depends on the machine
        "gateway.media.jobs.attempts.uuid4": lambda: UUID(bytes=chance.randbytes(16)),
        "gateway.kit.errors.secrets.randbelow": lambda _limit: 0,
    }


def _build_settings(folder: Path, outside: StandIns, **urls: str) -> Settings:
    given: dict[str, Any] = {
        "data_dir": folder,
        "public_url": EXAMPLE_SITE,
        "key_peppers": "1:a pepper of the examples and of nothing else",
        "signing_keys": "1:a signing key of the examples and of nothing else",
        "request_state_keys": "1:a state key of the examples and of nothing else",
        "disk_reserve": 0,
        "smtp_url": outside.inbox.url,
        "test_stripe_key": STRIPE_KEY,
        "test_stripe_webhook_secrets": STRIPE_SECRET,
        "test_evm_xpub": XPUB,
        "evm_confirmations": 2,
        "test_x402_pay_to": TREASURY,
        "test_coinbase_key_id": KEY_ID,
        "test_coinbase_key": outside.coinbase.secret_key,
        "test_coinbase_webhook_secrets": COINBASE_SECRET,
        "google_issuer": outside.google.url,
        "google_client_ids": GOOGLE_CLIENT_ID,
        "google_client_secret": GOOGLE_CLIENT_SECRET,
        "anthropic_api_key": anthropic.ANTHROPIC_KEY,
        "fetch_allow": f"127.0.0.1:{outside.receiver.port}",
        "affiliate_auto_approve": True,
        **urls,
    }
    return Settings(**given).with_secrets()
