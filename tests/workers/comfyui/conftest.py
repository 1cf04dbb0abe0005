import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.fakes.comfyui import FakeComfy
from tests.workers.comfyui.farm import SDXL_ENGINES, Farm, RealComfy, serve_farm
from workers.engines.comfyui.client import ComfyClient
from workers.engines.comfyui.engine import ComfyEngine

URL = os.environ.get("KT_TEST_COMFY_URL", "")


@pytest.fixture(
    scope="module",
    params=["stand-in", pytest.param("real server", marks=pytest.mark.slow)],
)
def node(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FakeComfy | RealComfy]:
    """A stand-in, and then the real ComfyUI if one is named."""
    if request.param == "stand-in":
        with FakeComfy(tmp_path_factory.mktemp("node") / "comfy") as fake:
            yield fake
    elif URL:
        yield RealComfy(URL)
    else:
        pytest.skip("KT_TEST_COMFY_URL names no real server")


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeComfy]:
    with FakeComfy(tmp_path / "comfy") as node:
        yield node


@pytest.fixture
async def engine(fake: FakeComfy) -> AsyncIterator[ComfyEngine]:
    engine = ComfyEngine(ComfyClient(fake.url), SDXL_ENGINES)
    yield engine
    await engine.close()


@pytest.fixture(scope="module")
async def ranch(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Farm, FakeComfy]]:
    """A gateway with one node for a whole module; whoever sets a fault clears it."""
    folder = tmp_path_factory.mktemp("ranch")
    with FakeComfy(folder / "comfy") as node:
        async with serve_farm(folder, gpu=node) as client:
            await client.wait_until_able("gpu")
            yield client, node
