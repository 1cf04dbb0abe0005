"""A gateway whose model is a script, and a person with a thread."""

from collections.abc import Iterator

import pytest

from tests.fakes.anthropic.api import ANTHROPIC_KEY
from tests.fakes.anthropic.script import Script
from tests.fakes.anthropic.serving import serve_model
from tests.gateway import Client, Gateway, serve_gateway
from tests.library.files import create_project
from tests.studio.talks import create_thread

METRICS_TOKEN = "metrics-of-the-agent"


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Script]]:
    """A gateway whose model is a script, and that script."""
    with serve_model() as (url, made):
        folder = tmp_path_factory.mktemp("agent") / "data"
        settings = {
            "KT_ANTHROPIC_API_KEY": ANTHROPIC_KEY,
            "KT_AGENT_BASE_URL": url,
            "KT_METRICS_TOKEN": METRICS_TOKEN,
        }
        with serve_gateway(folder, **settings) as gateway:
            yield gateway, made


@pytest.fixture
def gateway(studio: tuple[Gateway, Script]) -> Gateway:
    return studio[0]


@pytest.fixture
def model(studio: tuple[Gateway, Script]) -> Iterator[Script]:
    studio[1].play()
    yield studio[1]
    studio[1].gate.set()


@pytest.fixture
def person(gateway: Gateway) -> Iterator[Client]:
    with gateway.account() as one:
        yield one


@pytest.fixture
def talk(person: Client) -> str:
    return create_thread(person, create_project(person))


def get_held_microusd(client: Client) -> int:
    """Return the held credit of an account, in micro-USD."""
    held_microusd: int = client.get_balance()["heldMicrousd"]
    return held_microusd
