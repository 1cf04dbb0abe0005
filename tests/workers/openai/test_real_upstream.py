"""The engine on a real server: `KT_TEST_OPENAI_URL=http://…/v1 ./test -k real_upstream`.

KT_TEST_OPENAI_DIALECT names its dialect (else it is found out), KT_TEST_OPENAI_MODEL the model
(else the first that it lists), KT_TEST_OPENAI_KEY the key, KT_TEST_OPENAI_SIDE the picture's side.
"""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest

from tests.waiting import await_condition
from tests.workers.openai.servers import start_stand_in
from tests.workers.studio import PICTURE_INPUT, PipelineStudio
from workers.engines.base import FINAL_STATES, RenderPlan
from workers.engines.openai.client import ServerClient
from workers.engines.openai.dialects.catalogue import DIALECTS
from workers.engines.openai.discovery import discover_families
from workers.engines.openai.engine import ServerEngine
from workers.engines.openai.preflight import survey_server
from workers.engines.openai.upstreams import ServerFamily, Upstream, build_unknown_upstream

pytestmark = pytest.mark.anyio
URL = os.environ.get("KT_TEST_OPENAI_URL", "")
DIALECT = os.environ.get("KT_TEST_OPENAI_DIALECT", "")
MODEL = os.environ.get("KT_TEST_OPENAI_MODEL", "")
KEY = os.environ.get("KT_TEST_OPENAI_KEY", "")
SIDE = int(os.environ.get("KT_TEST_OPENAI_SIDE", "256"))
TASK, STEPS, PATIENCE = "image.generate", 1, 10
VALUES = PICTURE_INPUT | {"width": SIDE, "height": SIDE, "steps": STEPS, "negativePrompt": "text"}


@dataclass(frozen=True)
class RealServer:
    """A server that runs already."""

    url: str
    dialect: str


@pytest.fixture(
    scope="module", params=["stand-in", pytest.param("real server", marks=pytest.mark.slow)]
)
def server(request: pytest.FixtureRequest) -> Iterator[RealServer]:
    """A stand-in, and then the real server if one is named."""
    if request.param == "stand-in":
        with start_stand_in("vllm-omni", seconds=0.2) as fake:
            yield RealServer(fake.url, "")
    elif URL:
        yield RealServer(URL, DIALECT)
    else:
        pytest.skip("KT_TEST_OPENAI_URL names no real server")


@pytest.fixture
async def upstream(server: RealServer) -> Upstream:
    """The server with a family for pictures, which takes all that its dialect binds."""
    unknown = build_unknown_upstream("real", server.url, KEY)
    client = ServerClient(unknown)
    named = replace(unknown, dialect=DIALECTS[server.dialect]) if server.dialect else unknown
    found = await discover_families(client, named)
    survey = await survey_server(client, found)
    await client.close()
    assert found.dialect is not None
    assert TASK in found.dialect.bindings
    takes = found.dialect.bindings[TASK]
    model = MODEL or survey.models[0].id
    steps = STEPS if "steps" in takes else None
    family = ServerFamily("real", TASK, model, takes, steps, patience=PATIENCE)
    return replace(found, families={TASK: family})


@pytest.fixture
async def engine(upstream: Upstream) -> AsyncIterator[ServerEngine]:
    engine = ServerEngine(ServerClient(upstream), upstream, None)
    yield engine
    await engine.close()


async def test_the_preflight_of_a_real_server_finds_what_its_family_needs(
    upstream: Upstream,
) -> None:
    client = ServerClient(upstream)
    survey = await survey_server(client, upstream)
    await client.close()
    assert survey.list_abilities()[TASK].lacks == ()
    assert survey.depth >= 0


async def test_a_real_server_makes_a_picture_of_the_exact_size(
    engine: ServerEngine, tmp_path: Path
) -> None:
    studio = PipelineStudio(engine, tmp_path, patience=PATIENCE)
    output = await studio.run_for_one(TASK, VALUES)
    assert (output.width, output.height, output.mime_type) == (SIDE, SIDE, "image/png")
    assert b"fox" not in output.path.read_bytes()


async def test_a_real_server_lets_go_of_what_is_canceled(engine: ServerEngine) -> None:
    attempt = uuid4()
    values = VALUES | {"seed": 8}
    await engine.submit(attempt, RenderPlan(task=TASK, effective_input=values))
    await engine.cancel(attempt)

    async def is_over() -> bool:
        return isinstance(await engine.poll(attempt), FINAL_STATES)

    await await_condition(is_over)
    await engine.forget(attempt)
