from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.fakes.comfyui import FakeComfy
from tests.workers.comfyui.farm import ENGINES, Farm, farm
from workers.engines.comfyui.client import ComfyClient
from workers.engines.comfyui.engine import ComfyEngine


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeComfy]:
    with FakeComfy(tmp_path / "comfy") as node:
        yield node


@pytest.fixture
async def engine(fake: FakeComfy) -> AsyncIterator[ComfyEngine]:
    engine = ComfyEngine(ComfyClient(fake.url), ENGINES)
    yield engine
    await engine.close()


@pytest.fixture(scope="module")
async def ranch(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Farm, FakeComfy]]:
    """A gateway with one node for a whole module; whoever sets a fault clears it."""
    folder = tmp_path_factory.mktemp("ranch")
    with FakeComfy(folder / "comfy") as node:
        async with farm(folder, gpu=node) as client:
            await client.able("gpu")
            yield client, node
