"""Files of `deploy/` made ready for a test, and the tools that read them."""

import re
import secrets
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
    """Fill in `env.example` as its comments say, as `.env` beside it."""
    text = (folder / "env.example").read_text()
    filled = re.sub(
        r"^([A-Z_]+=(?:\w+:)?)$",
        lambda line: line[1] + secrets.token_hex(32),
        text,
        flags=re.MULTILINE,
    )
    (folder / ".env").write_text(filled)


def make_certificate(folder: Path) -> Path:
    """Make a certificate of localhost under certbot's names; return its folder."""
    words = "req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -addext {} -keyout {} -out {}"
    key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    options = words.format(names, key, certificate).split()
    subprocess.run([find_tool("openssl"), *options], check=True, capture_output=True)
    return folder
