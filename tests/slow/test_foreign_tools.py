"""The document, the skill and a page, judged by tools of others; they are fetched when it runs.

`KT_TEST_SLOW=1 ./test tests/slow -k foreign`. Needs Node 20 with npm, and a registry to ask.
"""

import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx2
import pytest

from tests.gateway import Gateway, serve_gateway
from tests.node_tools import LIGHTHOUSE, ToolBench, fill_grid, judge_page
from tests.pages.browser import CHROMIUM

pytestmark = pytest.mark.slow

NODE_TOOLS = (
    "@redocly/cli@2.77.0", "@stoplight/spectral-cli@6.16.3", "openapi-typescript@7.13.0",
    "@hey-api/openapi-ts@0.95.0", "openapi-fetch@0.17.0", "typescript@5", "skills@1.5.18",
    LIGHTHOUSE,
)  # fmt: skip
PYTHON_TOOLS = ("openapi-python-client==0.29.1", "mypy==2.4.1", "types-python-dateutil")
DOCUMENTS = ("openapi.json", "openapi-agent.json")
LOWEST_SCORE = 89.5  # a tenth of it falls with the number of operations, whatever they say
JUDGED = ("accessibility", "best-practices")
TSC = ("--noEmit", "--strict")
BROWSER = ("--lib", "es2022,dom,dom.iterable")
BUNDLED = ("--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler")
TYPED_CALL = """
import createClient from "openapi-fetch";
import type { paths } from "./types";

export async function charged(): Promise<string> {
  const client = createClient<paths>({ baseUrl: "https://example.com" });
  const body = { task: "image.generate", input: { prompt: "a fox" } } as const;
  const { data } = await client.POST("/api/v1/media/jobs", { body });
  return data ? data.billing.chargedUsd : "";
}
"""
CLIENT_CALL = """
import { submitJob } from "./hey/sdk.gen";

export async function charged(): Promise<string> {
  const body = { task: "image.generate", input: { prompt: "a fox" } } as const;
  const { data } = await submitJob({ body });
  return data ? data.billing.chargedUsd : "";
}
"""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("foreign") / "data") as one:
        yield one


@pytest.fixture(scope="module")
def bench(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> ToolBench:
    if shutil.which("npm") is None:
        pytest.skip("NO NODE: nobody else judged the document; install Node 20 with npm")
    made = ToolBench(tmp_path_factory.mktemp("bench"))
    for name in DOCUMENTS:
        (made.folder / name).write_bytes(httpx2.get(f"{gateway.base}/{name}").content)
    (made.folder / ".spectral.yaml").write_text('extends: ["spectral:oas"]\n')
    try:
        made.install_tools(*NODE_TOOLS)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"NO TOOLS: nobody else judged the document; npm said {error}")
    return made


@pytest.mark.parametrize("name", DOCUMENTS)
def test_redocly_warns_of_nothing(bench: ToolBench, name: str) -> None:
    # A referral link only leads on: it answers 302 and no 2xx.
    words = ("lint", "--extends=recommended", "--skip-rule=operation-2xx-response")
    told = bench.run_tool("redocly", *words, "--format=json", name)
    assert json.loads(told)["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, told[:4000]


def test_agents_find_their_way_by_redoclys_score(bench: ToolBench) -> None:
    told = json.loads(bench.run_tool("redocly", "score", "openapi.json", "--format=json"))
    assert told["agentReadiness"] >= LOWEST_SCORE, told["subscores"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_spectral_finds_nothing(bench: ToolBench, name: str) -> None:
    ruleset = ("--ruleset", ".spectral.yaml", "--fail-severity=warn")
    bench.run_tool("spectral", "lint", name, *ruleset)


@pytest.mark.parametrize("path", ["/dashboard", "/create"])
def test_lighthouse_finds_no_fault_in_pages_for_each_day(
    bench: ToolBench, gateway: Gateway, path: str
) -> None:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"there is no browser at {CHROMIUM}: set KT_TEST_CHROMIUM")
    with gateway.account("5") as account:
        fill_grid(account)
        report = judge_page(bench, gateway, account, path, JUDGED)
    for name in JUDGED:
        assert report["categories"][name]["score"] == 1, report["categories"][name]


def test_a_call_with_types_for_typescript_compiles(bench: ToolBench) -> None:
    bench.run_tool("openapi-typescript", "openapi.json", "-o", "types.d.ts")
    (bench.folder / "typed.ts").write_text(TYPED_CALL)
    bench.run_tool("tsc", *TSC, *BUNDLED, *BROWSER, "types.d.ts", "typed.ts")


def test_a_call_with_a_client_for_typescript_compiles(bench: ToolBench) -> None:
    client = ("-c", "@hey-api/client-fetch", "--no-log-file")
    bench.run_tool("openapi-ts", "-i", "openapi.json", "-o", "hey", *client)
    (bench.folder / "client.ts").write_text(CLIENT_CALL)
    bench.run_tool("tsc", *TSC, *BUNDLED, *BROWSER, "hey/sdk.gen.ts", "client.ts")


def test_a_generated_client_for_python_is_typed(bench: ToolBench) -> None:
    venv.create(bench.folder / "venv", with_pip=True)
    programs = bench.folder / "venv" / "bin"
    bench.run(str(programs / "pip"), "install", "-q", *PYTHON_TOOLS)
    (bench.folder / "as_is.yaml").write_text("post_hooks: []\n")  # else any ruff on PATH mends it
    made = ("--meta", "none", "--overwrite", "--output-path", "client", "--config", "as_is.yaml")
    program = str(programs / "openapi-python-client")
    bench.run(program, "generate", "--path", "openapi.json", *made)
    bench.run(str(programs / "mypy"), "--strict", "client")


def install_skill(bench: ToolBench, url: str, code: int) -> Path:
    """Install the skill with a stock client; return its folder."""
    skill = bench.folder / ".claude" / "skills" / "killatamata"
    shutil.rmtree(skill, ignore_errors=True)
    words = ("add", url, "--skill", "killatamata", "-y", "--agent", "claude-code")
    bench.run_tool("skills", *words, code=code)
    return skill


def test_a_stock_client_installs_the_skill_whole(bench: ToolBench, gateway: Gateway) -> None:
    listed = httpx2.get(f"{gateway.base}/skills/killatamata/").json()["files"]
    skill = install_skill(bench, gateway.base, code=0)
    found = {path.relative_to(skill).as_posix() for path in skill.rglob("*") if path.is_file()}
    assert found == set(listed)
    bench.run(str(Path(sys.executable).with_name("agentskills")), "validate", str(skill))


def test_a_stock_client_refuses_a_skill_with_one_other_byte(
    bench: ToolBench, gateway: Gateway
) -> None:
    with serve_falsified(gateway) as url:
        skill = install_skill(bench, url, code=1)
    assert not skill.exists()


@contextmanager
def serve_falsified(gateway: Gateway) -> Iterator[str]:
    """Serve what the gateway serves, with one byte of each archive changed."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = httpx2.get(f"{gateway.base}{self.path}")
            body = bytearray(told.content)
            if self.path.endswith(".zip"):
                body[100] ^= 1
            self.send_response(told.status_code)
            self.send_header("Content-Type", told.headers["content-type"])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
