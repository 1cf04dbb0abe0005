"""The judgement of a running gateway's document by schemathesis, with all of its checks."""

import subprocess
import sys
from pathlib import Path

from tests.gateway import Client, Gateway

COMMAND = str(Path(sys.executable).with_name("schemathesis"))
CONFIG = Path(__file__).with_name("schemathesis.toml")
# Operations that can end the key of the very request, so they are judged last.
LAST = ("revokeKey", "rotateKey", "changeKey")
# Operations whose coverage takes half a minute: each field of each task at each of its limits.
WIDE = ("submitJob", "quoteJobs")


def judged(gateway: Gateway, key: str, *words: str, examples: int, folder: Path) -> None:
    """Run schemathesis, and fail with its report if it objects to anything."""
    done = subprocess.run(
        [
            COMMAND, "--config-file", str(CONFIG),
            "run", f"{gateway.base}/openapi.json",
            "--url", gateway.base, "--header", f"Authorization: Bearer {key}",
            "--max-examples", str(examples), "--seed", "1", *words,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=590,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]


def judge_all(
    gateway: Gateway, client: Client, *, examples: int, folder: Path, wide: bool = False
) -> None:
    """Judge every operation; `wide` adds the coverage that takes long."""
    spare = {"label": "spare", "scopes": ["media"]}
    assert client.http.post("/api/v1/keys", json=spare).status_code == 201

    def judge(phases: str, *words: str) -> None:
        options = ("--phases", phases, *words)
        judged(gateway, client.key, *options, examples=examples, folder=folder)

    rest = [f"--exclude-operation-id={name}" for name in LAST]
    judge("examples,fuzzing,stateful", *rest)
    judge("coverage", *rest, *(f"--exclude-operation-id={name}" for name in WIDE if not wide))
    assert client.http.get("/api/v1/balance").status_code == 200, "the key did not last"
    judge("examples,coverage,fuzzing", *(f"--include-operation-id={name}" for name in LAST))
    with gateway.client() as http:
        assert http.get("/readyz").status_code == 200
    assert gateway.findings() == []
