"""The last release, installed once."""

import pytest

from tests.deploy.released_server import ReleasedGateway, install_released


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """The command of the last release, which `ReleasedGateway` runs."""
    ReleasedGateway.program = (str(install_released(tmp_path_factory.mktemp("released") / "venv")),)
    return ReleasedGateway.program
