"""The TypeScript client as users have it: npm installs it from a gateway, tsc checks, node runs.

`KT_TEST_SLOW=1 ./test tests/slow -k typescript` needs Node 20 with npm, and a registry for tsc.
"""

import base64
import hashlib
import hmac
import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from PIL import Image

from gateway.kit.release import NPM_PACKAGE_PATH
from tests.flows.cutting_proxy import serve_cutting_proxy
from tests.gateway import Gateway, serve_gateway
from tests.style.source import ROOT
from wellknown.npm_package_file import FOLDER

pytestmark = pytest.mark.slow
SECONDS = 300
SOURCE, DOCUMENT = Path("clients/typescript"), Path("docs/openapi.json")
TOOLS = ("typescript@5.9.3", "@types/node@20.19.25")
RUNTIMES = ("bun@1.4.5", "deno@2.9.6")
WRITTEN_BY_HAND = {"package.json", "README.md"}
NODE_PROJECT = ("--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck", "false")
# As in a browser project: a bundler resolves the package, and there are no types of Node.
BROWSER_PROJECT = (
    "--strict", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler",
    "--lib", "es2022,dom", "--typeRoots", "none", "--skipLibCheck", "false", "--noEmit",
)  # fmt: skip
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PING = '{"type":"test.ping","timestamp":"2026-11-25T14:00:00Z","data":{"message":"hello"}}'


def run(folder: Path, *words: str, **environment: str) -> str:
    """Run a program in a folder and return what it printed."""
    own = {"HOME": str(folder), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    ran = subprocess.run(
        words,
        cwd=folder,
        env=os.environ | own | environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-6000:]
    return ran.stdout


def install(folder: Path, *words: str) -> None:
    """Run npm; skip the test where there is none."""
    if shutil.which("npm") is None:
        pytest.skip("NO NODE: the TypeScript client is not tried; install Node 20 with npm")
    run(folder, "npm", *words, "--no-audit", "--no-fund")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("typescript") / "data") as one:
        yield one


@pytest.fixture(scope="module")
def project(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project that has nothing but the client of the gateway, and a compiler."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    install(folder, "install", "--save-dev", *TOOLS)
    address = f"{gateway.base}{NPM_PACKAGE_PATH}"
    run(folder, "npm", "install", "--no-audit", "--no-fund", address)
    assert json.loads((folder / "package.json").read_text())["dependencies"] == {
        "killatamata": address
    }
    return folder


def test_the_package_is_what_the_generator_renders(tmp_path: Path) -> None:
    away = shutil.ignore_patterns("node_modules")
    shutil.copytree(ROOT / SOURCE, tmp_path / SOURCE, ignore=away)
    (tmp_path / DOCUMENT).parent.mkdir()
    shutil.copy(ROOT / DOCUMENT, tmp_path / DOCUMENT)
    install(tmp_path / SOURCE, "ci")
    run(tmp_path / SOURCE, "npm", "run", "build")
    made = {each.name: each.read_text() for each in (tmp_path / "wellknown/npm_package").iterdir()}
    kept = {each.name: each.read_text() for each in FOLDER.iterdir()}
    assert made.keys() == kept.keys() - WRITTEN_BY_HAND
    stale = [name for name, text in made.items() if kept[name] != text]
    assert not stale, "npm ci && npm run build in clients/typescript"


def test_a_program_of_a_user_compiles_and_wrong_lines_do_not(project: Path) -> None:
    for name in ("typescript_user.ts", "typescript_wrong.ts"):
        shutil.copy(Path(__file__).with_name(name), project / name)
    run(project, "npx", "tsc", *NODE_PROJECT, "--noEmit", "typescript_user.ts")
    run(project, "npx", "tsc", *NODE_PROJECT, "--noEmit", "typescript_wrong.ts")
    run(project, "npx", "tsc", *BROWSER_PROJECT, "typescript_wrong.ts")


@pytest.fixture(scope="module")
def runtimes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Sequence[str]]:
    """Return the command of each runtime that runs a compiled program."""
    folder = tmp_path_factory.mktemp("runtimes")
    (folder / "package.json").write_text('{"private": true}')
    install(folder, "install", *RUNTIMES)
    bins = folder / "node_modules" / ".bin"
    deno = (str(bins / "deno"), "run", "--allow-all", "--node-modules-dir=manual")
    return {"node": ("node",), "bun": (str(bins / "bun"), "run"), "deno": deno}


@pytest.mark.parametrize("runtime", ["node", "bun", "deno"])
def test_a_program_of_a_user_quotes_runs_waits_and_is_charged_once(
    gateway: Gateway, project: Path, runtimes: Mapping[str, Sequence[str]], runtime: str
) -> None:
    (project / "ended.txt").unlink(missing_ok=True)
    shutil.rmtree(project / "made", ignore_errors=True)
    pixels = random.Random(1).randbytes(2048 * 2048 * 3)  # noqa: S311 - no secret
    Image.frombytes("RGB", (2048, 2048), pixels).save(project / "large.png", compress_level=0)
    shutil.copy(Path(__file__).with_name("typescript_user.ts"), project / "typescript_user.ts")
    run(project, "npx", "tsc", *NODE_PROJECT, "typescript_user.ts")
    sent_at = str(int(time.time()))
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = hmac.digest(key, f"whd_1.{sent_at}.{PING}".encode(), hashlib.sha256)
    with (
        gateway.account() as account,
        serve_cutting_proxy(gateway.base, "request", "answer", "half") as proxy,
        serve_cutting_proxy(gateway.base, "later", "half", "later") as of_events,
    ):
        run(
            project,
            *runtimes[runtime],
            "typescript_user.js",
            KT_API_KEY=account.key,
            KT_API_BASE=gateway.base,
            CUTTING_BASE=proxy.base,
            EVENTS_BASE=of_events.base,
            WEBHOOK_SECRET=SECRET,
            WEBHOOK_ID="whd_1",
            WEBHOOK_SENT_AT=sent_at,
            WEBHOOK_BODY=PING,
            WEBHOOK_SIGNATURE=f"v1,{base64.b64encode(digest).decode()}",
        )
        assert proxy.connection_count > 3
        assert of_events.connection_count > 3
        assert (project / "ended.txt").read_text() == gateway.base
        assert account.get_balance()["heldUsd"] == "0.00"
