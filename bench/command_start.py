"""What the command costs beside a bare Python: its help, and a first `generate`, in a new process.

Processor time of the command's own process against `python -c pass`. The last row is the wall time
of `generate` without that of its job: start, calls, polling and the saved file.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from bench.table import Options, Row, run_measure
from tests.gateway import serve_gateway
from tests.processes import BASE_ENVIRONMENT, COMMAND_PATH

BARE = (sys.executable, "-c", "pass")
SAMPLES = 3


def measure_processor(command: Sequence[str], environment: dict[str, str]) -> float:
    """Measure the processor milliseconds of a command: the least of some runs.

    Raises:
        RuntimeError: it failed.
    """
    spent = []
    for _ in range(SAMPLES):
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{command} exited with {process.returncode}")
        spent.append(usage.ru_utime + usage.ru_stime)
    return 1000 * min(spent)


def measure_wait(command: Sequence[str], environment: dict[str, str]) -> float:
    """Measure the wall seconds of one `generate --json` less those of its job."""
    began = time.monotonic()
    ran = subprocess.run(
        [*command, "--json"], env=environment, capture_output=True, text=True, check=True
    )
    seconds = time.monotonic() - began
    job = json.loads(ran.stdout)
    created, ended = (datetime.fromisoformat(job[name]) for name in ("createdAt", "finishedAt"))
    return seconds - (ended - created).total_seconds()


def measure(options: Options) -> Iterator[Row]:
    """Measure the help and the first `generate`; yield each row."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_gateway(Path(folder, "data")) as gateway,
        gateway.account("500") as account,
    ):
        own = {"KT_API_BASE": gateway.base, "KT_API_KEY": account.key, "XDG_CACHE_HOME": folder}
        environment = BASE_ENVIRONMENT | own
        generate = (COMMAND_PATH, "generate", "a lighthouse", "-o", f"{folder}/made/")
        commands = {"help": (COMMAND_PATH, "--help"), "generate": generate}
        for name, command in commands.items():
            row = Row(
                f"command_start.{name}", f"`killatamata {command[1]}`, processor / bare Python",
                must=4, goal=3, lower_is_better=True, side_unit=" ms",
            )  # fmt: skip
            for _ in range(options.rounds):
                bare = measure_processor(BARE, environment)
                row.add_round(bare, measure_processor(command, environment))
            yield row
        wait = Row("command_start.wait", "`killatamata generate` less its job", unit=" s")
        wait.values = [measure_wait(generate, environment) for _ in range(options.rounds)]
        yield wait


if __name__ == "__main__":
    sys.exit(run_measure(measure))
