from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.workers.studio import PipelineStudio
from workers.engines.sandbox import SandboxEngine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[SandboxEngine]:
    engine = SandboxEngine(tmp_path / "node", stall_seconds=0.5)
    yield engine
    await engine.close()


@pytest.fixture
def studio(engine: SandboxEngine, tmp_path: Path) -> PipelineStudio:
    return PipelineStudio(engine, tmp_path)
