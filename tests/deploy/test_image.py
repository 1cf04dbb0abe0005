"""The container image: it is built here, and makes the README's first picture."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as Picture

from tests.deploy.images import STOP_SECONDS, Image, build_image, wait_for_line
from tests.gateway import find_free_port

pytestmark = pytest.mark.slow
LARGEST_BYTES, RETRIES = 400_000_000, 5
USER = "65532"
PYTHON = "/opt/killatamata/.venv/bin/python"
PROCESSES = "gateway.facilitator.process, gateway.serve, mcp_server.__main__, workers.__main__"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    with build_image(tmp_path_factory.mktemp("image")) as built:
        yield built


def test_the_first_picture_is_made_without_root_on_a_read_only_root(
    image: Image, tmp_path: Path
) -> None:
    log, port = tmp_path / "gateway.log", str(find_free_port())
    words = [*image.config["Entrypoint"], "serve", "--dev"]
    gateway = image.start(*words, log=log, KT_PORT=port)
    try:
        wait_for_line(log, "Serving on", gateway)
        said = log.read_text()
        assert 'image.generate "a lighthouse in the first snow"  1024x1024  $0.02 held' in said
        assert "charged  $0.02   balance $4.98" in said
        inside = Path(f"/proc/{gateway.pid}")
        with Picture.open(inside / "root/var/lib/killatamata/first-picture.png") as picture:
            assert picture.size == (1024, 1024)
        status = (inside / "status").read_text()
        assert f"Uid:\t{USER}\t{USER}\t{USER}\t{USER}" in status
        root = next(line for line in (inside / "mounts").read_text().splitlines() if " / " in line)
        assert root.split()[3].split(",")[0] == "ro"
        check = image.config["Healthcheck"]["Test"][1:]
        checks = (
            image.run(*check, log=tmp_path / "healthy.log", KT_PORT=port) for _ in range(RETRIES)
        )  # a busy machine may need more than one, as an engine allows
        assert any(code == 0 for code, _ in checks)
    finally:
        gateway.send_signal(signal.SIGTERM)
        code = gateway.wait(STOP_SECONDS)
    assert code == 0
    assert image.run(*check, log=tmp_path / "stopped.log", KT_PORT=port)[0] == 1


def test_it_is_small_and_has_no_shell_and_no_package_manager(image: Image) -> None:
    files = [path for path in image.root.rglob("*") if path.is_file() and not path.is_symlink()]
    assert sum(path.stat().st_size for path in files) < LARGEST_BYTES
    programs = {path.name for path in image.root.glob("usr/*bin/*")}
    assert not programs & {"sh", "dash", "bash", "busybox", "apt-get", "dpkg", "perl", "curl"}


def test_it_runs_as_nobody_in_particular_and_checks_its_health(image: Image) -> None:
    assert image.config["User"] == f"{USER}:{USER}"
    assert image.config["Cmd"] == ["serve"]
    assert image.config["Healthcheck"]["Test"][0] == "CMD"


def test_every_process_starts_from_it_and_backups_have_their_tools(
    image: Image, tmp_path: Path
) -> None:
    code, said = image.run(PYTHON, "-c", f"import {PROCESSES}", log=tmp_path / "imports.log")
    assert code == 0, said
    for tool in ("pg_dump", "pg_restore"):
        code, said = image.run(f"/usr/bin/{tool}", "--version", log=tmp_path / f"{tool}.log")
        assert code == 0, said
        assert said.startswith(f"{tool} (PostgreSQL) 17.")


def test_its_bills_of_materials_name_all_that_is_in_it(image: Image) -> None:
    named = {}
    for kind in ("python", "debian"):
        bill = json.loads((image.root / f"usr/share/sbom/{kind}.cdx.json").read_text())
        assert bill["bomFormat"] == "CycloneDX"
        named[kind] = {each["name"].lower().replace("_", "-") for each in bill["components"]}
        named[kind].add(bill["metadata"]["component"]["name"])
    packages = image.root / "opt/killatamata/.venv/lib/python3.13/site-packages"
    installed = {
        path.name.partition("-")[0].lower().replace("_", "-").replace(".", "-")
        for path in packages.glob("*.dist-info")
    }
    assert installed <= {name.replace(".", "-") for name in named["python"]}
    listed = (image.root / "var/lib/dpkg/status").read_text().splitlines()
    unpacked = {line.removeprefix("Package: ") for line in listed if line.startswith("Package: ")}
    assert {"python3.13-minimal", "libc6", "postgresql-client-17"} <= unpacked <= named["debian"]
