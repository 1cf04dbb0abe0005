"""The programs that speak OpenAI's API, fetched at fixed versions, and the code of our page.

The page `docs/openai.md` shows how each is used, and the tests run its code as it stands: only the
address and the key are replaced.
"""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.gateway import Gateway
from tests.installing import NODE, ROOT, install_from_npm, install_from_pip

PAGE = ROOT / "docs" / "openai.md"
FOLDER = ROOT / ".tools" / "openai"
NODE_FOLDER = FOLDER / "node"
NODE_CLIENTS = {
    "node": "22.23.3",
    "openai": "7.59.0",
    "ai": "7.0.173",
    "@ai-sdk/openai": "4.0.118",
    "@ai-sdk/openai-compatible": "3.0.92",
}
PYTHON_CLIENTS = {
    "openai": ("openai==3.57.0",),
    "langchain": ("langchain-community==0.4.2", "openai==3.57.0"),
    "litellm": ("litellm==1.110.2",),
    "litellm-proxy": ("litellm[proxy]==1.108.7",),
}
FENCED = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
EXAMPLE_ADDRESS, EXAMPLE_KEY = "https://api.killatamata.com", "kt_…"
RUN_SECONDS = 300
# LiteLLM asks a site for its table of prices, unless it is told to use its own.
QUIET = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "AI_SDK_LOG_WARNINGS": "false"}


def install_python_client(name: str) -> Path:
    """Return the folder of programs of an environment with a client of Python."""
    return install_from_pip(FOLDER / name, PYTHON_CLIENTS[name])


def install_node_clients() -> Path:
    """Return the program of Node beside the clients of JavaScript."""
    install_from_npm(NODE_FOLDER, NODE_CLIENTS)
    return NODE_FOLDER / NODE


def read_blocks(heading: str, language: str) -> list[str]:
    """Return the code of a section of the page, block by block."""
    sections = re.split(r"^#{2,3} (.+)\n", PAGE.read_text(), flags=re.MULTILINE)
    text = dict(zip(sections[1::2], sections[2::2], strict=True))[heading]
    blocks = [code for found, code in FENCED.findall(text) if found == language]
    assert blocks, f"{PAGE} has no {language} under {heading}"
    return blocks


def fill_in(code: str, gateway: Gateway, key: str) -> str:
    """Return code of the page with the address and the key of a gateway."""
    assert EXAMPLE_ADDRESS in code
    return code.replace(EXAMPLE_ADDRESS, gateway.base).replace(EXAMPLE_KEY, key)


def run_python(name: str, code: str, folder: Path, *words: str) -> Any:  # noqa: ANN401 - JSON
    """Run code in the environment of a client; return what its last line says, as JSON."""
    file = folder / "run.py"
    file.write_text(code)
    return _run([str(install_python_client(name) / "python"), str(file), *words], folder)


def run_node(code: str, folder: Path, *words: str) -> Any:  # noqa: ANN401 - JSON
    """Run a module beside the clients of JavaScript; return what its last line says, as JSON."""
    node = install_node_clients()
    # A module finds packages from where it lies.
    file = NODE_FOLDER / f"{folder.name}.mjs"
    file.write_text(code)
    try:
        return _run([str(node), str(file), *words], folder)
    finally:
        file.unlink()


def _run(command: Sequence[str], folder: Path, settings: Mapping[str, str] = QUIET) -> Any:  # noqa: ANN401 - JSON
    ran = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **settings},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, f"{ran.stdout[-2000:]}{ran.stderr[-4000:]}"
    return json.loads(ran.stdout.splitlines()[-1])
