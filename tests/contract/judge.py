"""Has the whole document of a running gateway judged by schemathesis, with all of its checks."""

import subprocess
import sys
from pathlib import Path

from tests.gateway import Client, Gateway

COMMAND = str(Path(sys.executable).with_name("schemathesis"))
CONFIG = Path(__file__).with_name("schemathesis.toml")
REVOKE = "revokeKey"


def judged(gateway: Gateway, key: str, *words: str, examples: int, folder: Path) -> None:
    """Fail with the report of schemathesis, if it objects to anything."""
    ran = subprocess.run(
        [
            COMMAND, "--config-file", str(CONFIG), "run", f"{gateway.base}/openapi.json",
            "--url", gateway.base, "--header", f"Authorization: Bearer {key}",
            "--max-examples", str(examples), "--seed", "1", *words,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=590,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-2000:]
    assert "Authentication failed" not in ran.stdout, ran.stdout[-20_000:]


def judge_all(gateway: Gateway, client: Client, *, examples: int, folder: Path) -> None:
    """Judge every operation; the one that can take its own key away comes last."""
    spare = {"label": "spare", "scopes": ["media"]}
    assert client.http.post("/api/v1/keys", json=spare).status_code == 201
    rest = ("--exclude-operation-id", REVOKE)
    judged(gateway, client.key, *rest, examples=examples, folder=folder)
    last = ("--include-operation-id", REVOKE, "--phases", "examples,coverage,fuzzing")
    judged(gateway, client.key, *last, examples=examples, folder=folder)
    with gateway.client() as http:
        assert http.get("/readyz").status_code == 200
    assert gateway.findings() == []
