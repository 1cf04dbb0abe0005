"""A gateway whose agent is played by a script, and a person with a thread."""

from collections.abc import Iterator

import pytest

from tests.fakes.anthropic.api import KEY
from tests.fakes.anthropic.script import Script
from tests.fakes.anthropic.serving import provider
from tests.gateway import Client, Gateway, serving
from tests.library.files import project
from tests.studio.talks import thread

TOKEN = "metrics-of-the-agent"


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Script]]:
    """A gateway whose agent is played by a script."""
    with provider() as (url, made):
        folder = tmp_path_factory.mktemp("agent") / "data"
        given = {"KT_ANTHROPIC_API_KEY": KEY, "KT_AGENT_BASE_URL": url, "KT_METRICS_TOKEN": TOKEN}
        with serving(folder, **given) as gateway:
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
    return thread(person, project(person))


def held(client: Client) -> int:
    """Return what is reserved of an account's credit."""
    found: int = client.balance()["heldMicrousd"]
    return found
