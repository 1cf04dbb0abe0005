"""The same engine on a real ComfyUI: `KT_TEST_COMFY_URL=http://… ./test -k real_server`.

`KT_TEST_ENGINES_FILE` names an engines file; of its pictures those are made whose models are there.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image

from tests.workers.comfyui.farm import ENGINES
from tests.workers.studio import PICTURE, Studio
from workers.engines.base import Absent, Blob
from workers.engines.comfyui.client import ComfyClient
from workers.engines.comfyui.engine import ComfyEngine
from workers.engines.comfyui.graphs.families import Engines, read_engines
from workers.engines.comfyui.nodes import able_of, prove
from workers.video.facts import digest

pytestmark = pytest.mark.anyio
URL = os.environ.get("KT_TEST_COMFY_URL", "")
FILE = os.environ.get("KT_TEST_ENGINES_FILE", "")


@pytest.fixture
def engines() -> Engines:
    return read_engines(Path(FILE)) if FILE else ENGINES


@pytest.fixture
async def real(engines: Engines) -> AsyncIterator[ComfyEngine]:
    if not URL:
        pytest.skip("KT_TEST_COMFY_URL names no real server")
    engine = ComfyEngine(ComfyClient(URL), engines)
    yield engine
    await engine.close()


async def test_a_real_server_lets_the_probe_through(real: ComfyEngine) -> None:
    assert (await real.facts()).classes >= {"KSampler", "SaveImage", "SaveVideo"}
    assert await prove(real)


async def test_a_real_server_takes_an_input_and_cancels_what_it_never_saw(
    real: ComfyEngine, tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (64, 64)).save(path)
    ref = await real.put_input(Blob(path, digest(path), "image/png"))
    assert ref.name == f"kt/{digest(path)}.png"
    await real.cancel(stranger := uuid4())
    assert await real.poll(stranger) == Absent()


async def test_a_real_server_makes_the_pictures_whose_models_it_has(
    real: ComfyEngine, engines: Engines, tmp_path: Path
) -> None:
    able = able_of(engines, await real.read_facts()).get("image.generate")
    if able is None or able.lacks:
        pytest.skip(f"image.generate cannot run there: {able}")
    values = PICTURE | {"negativePrompt": "", "steps": 2}
    output = await Studio(real, tmp_path).one("image.generate", values)
    assert (output.width, output.height) == (PICTURE["width"], PICTURE["height"])
