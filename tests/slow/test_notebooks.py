"""A notebook in a real kernel of Jupyter: it keeps pictures and clips, and Chromium shows them.

`KT_TEST_SLOW=1 ./test tests/slow -k notebooks` needs a registry; without one, it is skipped.
"""

import json
import os
import re
import subprocess
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.kit.release import CLIENT_WHEEL_PATH
from tests.gateway import Client, Gateway, serve_gateway
from tests.pages.browser import start_browser

pytestmark = pytest.mark.slow
SECONDS = 600
CELLS = (
    "from killatamata import Client, ProgressBar\nclient = Client(); bar = ProgressBar()",
    "job = client.run('image.generate', prompt='a fox', width=256, height=256, on_progress=bar)",
    "job",
    "job.outputs[0]",
    "client.run('image.generate', prompt='a fox', width=256, height=256, count=2)",
    "client.run('video.generate', prompt='a fox', start_frame_image=job, duration_seconds=1)",
    "client.run('audio.generate', prompt='rain', duration_seconds=1)",
    "client.studio.assets.upload(job.outputs[0].to_numpy(), on_upload=bar)",
)
SIGNED_ADDRESS = re.compile(r"https?://[^ '\"]*[?]")
RUN = """
import sys
import nbclient, nbconvert, nbformat
book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in sys.argv[1:]])
nbclient.NotebookClient(book, timeout=120, kernel_name="python3").execute()
nbformat.write(book, "ran.ipynb")
open("ran.html", "w").write(nbconvert.HTMLExporter().from_notebook_node(book)[0])
"""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("notebooks") / "data") as one:
        yield one


@pytest.fixture(scope="module")
def account(gateway: Gateway) -> Iterator[Client]:
    with gateway.account() as one:
        yield one


def install(place: Path, *packages: str) -> Path:
    """Install packages into a new environment; return its Python."""
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    done = subprocess.run(
        [python, "-m", "pip", "install", "-q", *packages],
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"THE NOTEBOOK IS NOT TRIED: {done.stderr[-300:]}")
    return python


@pytest.fixture(scope="module", params=["images", ""])
def folder(
    request: pytest.FixtureRequest,
    gateway: Gateway,
    account: Client,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Run the notebook, with the extra `images` and without; return where it was written."""
    folder = tmp_path_factory.mktemp("notebook")
    wheel = f"{gateway.base}{CLIENT_WHEEL_PATH}"
    client = f"killatamata[{request.param}] @ {wheel}" if request.param else wheel
    python = install(folder / "venv", client, "nbclient", "nbconvert", "ipykernel")
    own = {"KT_API_KEY": account.key, "KT_API_BASE": gateway.base}
    cells = CELLS if request.param else CELLS[:-1]
    done = subprocess.run(
        [python, "-c", RUN, *cells],
        cwd=folder, env={**os.environ, **own, "IPYTHONDIR": str(folder)}, capture_output=True,
        text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def list_bundles(cell: dict[str, Any]) -> list[dict[str, Any]]:
    return [each["data"] for each in cell["outputs"] if "data" in each]


def test_a_notebook_keeps_what_it_showed_and_a_browser_shows_it(
    folder: Path, account: Client
) -> None:
    text = (folder / "ran.ipynb").read_text()
    assert account.key not in text
    assert not SIGNED_ADDRESS.search(text)
    cells = json.loads(text)["cells"]
    (bar,) = list_bundles(cells[1])
    assert "".join(bar["text/plain"]) == "image.generate: succeeded 100%"
    assert '<progress max="100" value="100">' in "".join(bar["text/html"])
    kind = "image/jpeg" if len(cells) == len(CELLS) else "text/html"
    assert [kind in list_bundles(cell)[0] for cell in cells[2:4]] == [True, True]
    with start_browser() as chromium:
        page = chromium.new_page()
        page.set_content((folder / "ran.html").read_text(), wait_until="domcontentloaded")
        find = "sel => [...document.querySelectorAll(sel)]"
        page.wait_for_function("() => [...document.images].every(each => each.complete)")
        sizes = page.evaluate(f"({find})('img').map(each => each.naturalWidth)")
        assert len(sizes) >= 4
        assert set(sizes) == {256}
        page.wait_for_function("() => [...document.querySelectorAll('audio')].length")
        players = page.evaluate("document.querySelectorAll('video, audio').length")
        assert players == 2
        page.wait_for_function("() => document.querySelector('audio').readyState >= 1")
