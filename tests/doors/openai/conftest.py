"""A gateway with the OpenAI door, where two further names of models are known."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.doors.openai.calls import MODELS_FILE
from tests.gateway import Client, Gateway, serve_gateway


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One embedded gateway for all tests of the door that bring an account of their own."""
    folder = tmp_path_factory.mktemp("openai")
    file = folder / "models.toml"
    file.write_text(MODELS_FILE)
    with serve_gateway(folder / "data", KT_OPENAI_MODELS=str(file)) as one:
        yield one


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    """A fresh test account with $5."""
    with gateway.account() as account:
        yield account


@pytest.fixture
def http(client: Client) -> httpx2.Client:
    return client.http
