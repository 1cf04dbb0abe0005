"""The judgement of a running gateway's document by schemathesis, with all of its checks."""

import subprocess
import sys
from pathlib import Path

from tests.gateway import Client, Gateway

SCHEMATHESIS_PATH = str(Path(sys.executable).with_name("schemathesis"))
SCHEMATHESIS_CONFIG = Path(__file__).with_name("schemathesis.toml")
# Operations that can end the key of the very request, so they are judged last.
KEY_ENDING_OPERATIONS = ("revokeKey", "rotateKey", "changeKey")
# Operations whose coverage takes half a minute: each field of each task at each of its limits.
WIDE_OPERATIONS = ("submitJob", "quoteJobs")


def run_schemathesis(gateway: Gateway, key: str, *words: str, examples: int, folder: Path) -> None:
    """Run schemathesis, and fail with its report if it objects to anything."""
    done = subprocess.run(
        [
            SCHEMATHESIS_PATH, "--config-file", str(SCHEMATHESIS_CONFIG),
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


def judge_all_operations(
    gateway: Gateway, client: Client, *, examples: int, folder: Path, wide: bool = False
) -> None:
    """Judge every operation; `wide` adds the coverage that takes long."""
    spare = {"label": "spare", "scopes": ["media"]}
    assert client.http.post("/api/v1/keys", json=spare).status_code == 201

    def judge(phases: str, *words: str) -> None:
        options = ("--phases", phases, *words)
        run_schemathesis(gateway, client.key, *options, examples=examples, folder=folder)

    rest = [f"--exclude-operation-id={name}" for name in KEY_ENDING_OPERATIONS]
    judge("examples,fuzzing,stateful", *rest)
    judge(
        "coverage",
        *rest,
        *(f"--exclude-operation-id={name}" for name in WIDE_OPERATIONS if not wide),
    )
    assert client.http.get("/api/v1/balance").status_code == 200, "the key did not last"
    judge(
        "examples,coverage,fuzzing",
        *(f"--include-operation-id={name}" for name in KEY_ENDING_OPERATIONS),
    )
    with gateway.client() as http:
        assert http.get("/readyz").status_code == 200
    assert gateway.list_findings() == []
