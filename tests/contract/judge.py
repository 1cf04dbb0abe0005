"""Has the whole document of a running gateway judged by schemathesis, with all of its checks."""

import subprocess
import sys
from pathlib import Path

from tests.gateway import Client, Gateway

COMMAND = str(Path(sys.executable).with_name("schemathesis"))
CONFIG = Path(__file__).with_name("schemathesis.toml")
# They can end the very key that they are asked with, so they come last.
LAST = ("revokeKey", "rotateKey", "changeKey")
# Their coverage takes half a minute: every field of every task at each of its limits.
WIDE = ("submitJob", "quoteJobs")


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


def judge_all(
    gateway: Gateway, client: Client, *, examples: int, folder: Path, wide: bool = False
) -> None:
    """Judge every operation."""
    spare = {"label": "spare", "scopes": ["media"]}
    assert client.http.post("/api/v1/keys", json=spare).status_code == 201

    def judge(phases: str, *words: str) -> None:
        chosen = ("--phases", phases, *words)
        judged(gateway, client.key, *chosen, examples=examples, folder=folder)

    rest = [f"--exclude-operation-id={name}" for name in LAST]
    judge("examples,fuzzing,stateful", *rest)
    judge("coverage", *rest, *(f"--exclude-operation-id={name}" for name in WIDE if not wide))
    assert client.http.get("/api/v1/balance").status_code == 200, "the key did not last"
    judge("examples,coverage,fuzzing", *(f"--include-operation-id={name}" for name in LAST))
    with gateway.client() as http:
        assert http.get("/readyz").status_code == 200
    assert gateway.findings() == []
