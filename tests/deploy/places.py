"""A gateway with a shop and an agent, on either database, and work on its rows."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway import operator
from gateway.kit.database.sessions import Session
from tests.databases import DatabaseCopies
from tests.fakes.anthropic.api import ANTHROPIC_KEY
from tests.fakes.anthropic.script import Script
from tests.fakes.anthropic.serving import serve_model
from tests.fakes.stripe.client import StripeStandIn, serve_stripe
from tests.gateway import Gateway, serve_gateway


@dataclass(frozen=True, kw_only=True)
class Place:
    """A gateway, its stand-in for Stripe, and the script of its agent's model."""

    gateway: Gateway
    bank: StripeStandIn
    model: Script


@contextmanager
def serve_place(request: pytest.FixtureRequest, kind: str, data_dir: Path) -> Iterator[Place]:
    """Run a gateway with a shop and an agent for the block, on a database of a kind."""
    with ExitStack() as stack:
        settings = {}
        if kind == "postgresql":
            copies: DatabaseCopies = request.getfixturevalue("postgres_copies")
            settings["KT_DATABASE_URL"] = copies.take()
            stack.callback(copies.give_back, settings["KT_DATABASE_URL"])
        url, model = stack.enter_context(serve_model())
        bank = stack.enter_context(serve_stripe())
        settings |= {"KT_ANTHROPIC_API_KEY": ANTHROPIC_KEY, "KT_AGENT_BASE_URL": url}
        settings |= {"KT_FETCH_ALLOW": "127.0.0.1:9", **bank.settings}
        gateway = stack.enter_context(serve_gateway(data_dir, **settings))
        yield Place(gateway=gateway, bank=bank, model=model)


def use_database(gateway: Gateway, work: Callable[[Session], Any]) -> Any:  # noqa: ANN401 - the work's
    """Run a coroutine in one transaction of a gateway's database; return its answer."""

    async def run() -> Any:  # noqa: ANN401 - the work's
        settings = operator.load_settings(gateway.data_dir)
        async with operator.open_database(settings) as database, database.write() as session:
            return await work(session)

    return gateway.run_as_operator(run)
