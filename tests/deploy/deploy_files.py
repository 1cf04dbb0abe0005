"""Files of `deploy/` made ready for a test, and the tools that read them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
SYSTEM_FOLDERS = "/usr/sbin:/sbin"


def find_tool(name: str) -> str:
    """Return the path of a program; skip the test where there is none."""
    found = shutil.which(name) or shutil.which(name, path=SYSTEM_FOLDERS)
    if found is None:
        pytest.skip(f"{name} is not installed; .ci/run does that on Debian")
    return found


def make_environment_file(folder: Path) -> None:
    """Copy `env.example` to `.env` beside it, and fill it in by the command in its comments."""
    find_tool("openssl")
    file = Path(shutil.copy(folder / "env.example", folder / ".env"))
    (command,) = re.findall(r"^# +(while .+ done)$", file.read_text(), re.MULTILINE)
    subprocess.run(["sh", "-c", command], cwd=folder, check=True, timeout=60)
    values = dict(re.findall(r"^([A-Z_]+)=(?:2026a:)?(.*)$", file.read_text(), re.MULTILINE))
    assert values.pop("SITE_HOST") == "media.example.com"
    assert {len(value) for value in values.values()} == {64}
    assert len({*values.values()}) == len(values)


def make_certificate(folder: Path) -> Path:
    """Make a certificate of localhost under certbot's names; return its folder."""
    words = "req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -addext {} -keyout {} -out {}"
    key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    options = words.format(names, key, certificate).split()
    subprocess.run([find_tool("openssl"), *options], check=True, capture_output=True)
    return folder
