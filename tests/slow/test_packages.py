"""The distributions as users install them: by pip from a gateway, by uvx as a registry says.

`KT_TEST_SLOW=1 ./test tests/slow -k packages` needs a registry; without one, it is skipped.
"""

import asyncio
import io
import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client as McpClient
from mcp.client.stdio import StdioServerParameters, stdio_client

import dev
from gateway.kit.release import CLIENT_WHEEL_PATH, VERSION
from tests.gateway import Client, Gateway, serve_gateway
from tests.style.source import ROOT
from wellknown.client_wheel import build_wheel

pytestmark = pytest.mark.slow
SECONDS = 600
UNREACHABLE = ("Could not find a version", "Failed to fetch", "error sending request", "Connection")
SERVER_PACKAGES = {"agent_skill", "gateway", "mcp_server", "wellknown", "workers"}
# Proxies and certificates of this machine; nothing of a gateway, and no other path of modules.
BASE_ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("KT_", "PYTHON", "VIRTUAL_ENV"))
} | ({"UV_SYSTEM_CERTS": "1"} if dev.CERTIFICATES.exists() else {})
PROGRAM = """
import killatamata
with killatamata.Client() as client:
    job = client.run("image.generate", prompt="a fox", width=256, height=256)
    (file,) = client.jobs.download(job, "fox.png")
    print(job.status, file.read_bytes()[:4].hex(), killatamata.__file__)
"""


def run(*words: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    """Run a program and return its output; skip the test where no registry can be reached."""
    done = subprocess.run(
        [str(each) for each in words],
        env={**BASE_ENVIRONMENT, **(env or {})},
        cwd=cwd, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    if done.returncode and any(each in done.stderr for each in UNREACHABLE):
        pytest.skip(f"THE PACKAGES ARE NOT TRIED: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def uv() -> Path:
    return Path(dev.find_uv())


@pytest.fixture(scope="module")
def wheels(uv: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of both distributions, each built from its source archive."""
    folder = tmp_path_factory.mktemp("wheels")
    run(uv, "build", "-q", "--all-packages", "-o", folder, cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("packages") / "data") as one:
        yield one


@pytest.fixture
def account(gateway: Gateway) -> Iterator[Client]:
    with gateway.account() as one:
        yield one


def list_top_levels(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name.partition("/")[0] for name in archive.namelist()}


def test_each_wheel_holds_its_packages(wheels: Path) -> None:
    client, server = sorted(wheels.glob("*.whl"))
    assert list_top_levels(client) == {"killatamata", f"killatamata-{VERSION}.dist-info"}
    info = f"killatamata_server-{VERSION}.dist-info"
    assert list_top_levels(server) == {*SERVER_PACKAGES, info}
    served = wheels / "served.zip"
    served.write_bytes(build_wheel())
    with zipfile.ZipFile(client) as built, zipfile.ZipFile(served) as packed:
        assert {*built.namelist()} == {*packed.namelist()}
        # The metadata of a checkout is from its last setup: the text in it may be older.
        own = ("/METADATA", "/RECORD", "/WHEEL")
        names = [each for each in built.namelist() if not each.endswith(own)]
        assert [each for each in names if built.read(each) != packed.read(each)] == []
    served.unlink()


@pytest.mark.promise("client: one-package")
def test_pip_installs_the_client_from_a_gateway(
    gateway: Gateway, account: Client, tmp_path: Path
) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    address = f"{gateway.base}{CLIENT_WHEEL_PATH}"
    user = {"KT_API_KEY": account.key, "KT_API_BASE": gateway.base}
    run(python, "-m", "pip", "install", "-q", address)
    (packages,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    assert not SERVER_PACKAGES & {each.name for each in packages.iterdir()}
    told = run(python, "-c", PROGRAM, env=user, cwd=tmp_path)
    assert told.split() == ["succeeded", "89504e47", str(packages / "killatamata/__init__.py")]
    command = tmp_path / "venv" / "bin" / "killatamata"
    assert f"pip install 'killatamata[cli]=={VERSION}'" in refusal(command, "balance")
    run(python, "-m", "pip", "install", "-q", f"killatamata[cli] @ {address}")
    words = ("generate", "a fox", "width=256", "height=256", "-o", "too.png")
    run(command, *words, env=user, cwd=tmp_path)
    assert (tmp_path / "too.png").read_bytes()[:4].hex() == "89504e47"
    for operator in ("serve", "worker", "migrate"):
        assert f"pip install killatamata-server=={VERSION}" in refusal(command, operator)
    assert f"pip install killatamata-server=={VERSION}" in refusal(command, "admin", "check")
    assert f"pip install 'killatamata[mcp]=={VERSION}'" in refusal(command, "mcp")


def refusal(*words: str | Path) -> str:
    """Run a command that must fail; return its one line."""
    done = subprocess.run(
        [str(each) for each in words],
        env=BASE_ENVIRONMENT, capture_output=True, text=True, timeout=SECONDS,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    return line


def build_registry_command(uv: Path, package: dict[str, Any]) -> list[str]:
    """Build the command of a registry's package, in the order of arguments that clients use."""
    words = [str(uv.with_name(package["runtimeHint"]))]
    for each in package["runtimeArguments"]:
        words += [each["name"], each["value"]]
    words.append(f"{package['identifier']}@{package['version']}")
    return words + [each["value"] for each in package["packageArguments"]]


def test_the_registry_entry_runs_with_uvx(
    uv: Path, gateway: Gateway, account: Client, tmp_path: Path
) -> None:
    with gateway.client() as http:
        (package,) = http.get("/.well-known/mcp/server.json").json()["packages"]
    values = {"KT_API_KEY": account.key, "KT_API_BASE": gateway.base}
    assert {each["name"] for each in package["environmentVariables"]} == {*values}
    command = build_registry_command(uv, package)
    own = {"XDG_CONFIG_HOME": str(tmp_path)}
    run(*command, "--help", env=own)  # downloads, which takes longer than a client waits
    server = StdioServerParameters(
        command=command[0], args=command[1:], env={**BASE_ENVIRONMENT, **own, **values}
    )

    async def call() -> Any:  # noqa: ANN401 - JSON
        async with McpClient(stdio_client(server)) as client:
            assert {"plan_execute"} <= {each.name for each in (await client.list_tools()).tools}
            return (await client.call_tool("account_balance", {})).structured_content

    assert asyncio.run(call())["availableUsd"] == "5.00"


def test_the_server_is_installed_beside_the_client(uv: Path, wheels: Path, tmp_path: Path) -> None:
    place = tmp_path / "venv"
    run(uv, "venv", "-q", "--python", sys.executable, place)
    install = ("pip", "install", "-q", "--python", place, "--find-links", wheels)
    run(uv, *install, f"killatamata-server=={VERSION}")

    class InstalledGateway(Gateway):
        program = (str(place / "bin" / "killatamata"),)

    installed = InstalledGateway(tmp_path / "data")
    try:
        installed.start()
        with installed.client() as http:
            assert http.get("/api/v1/health").json()["version"] == VERSION
            with zipfile.ZipFile(io.BytesIO(http.get(CLIENT_WHEEL_PATH).content)) as served:
                own = zipfile.ZipFile(io.BytesIO(build_wheel()))
                assert served.namelist() == own.namelist()
    finally:
        installed.stop_quickly()
