"""The command `killatamata` in processes of their own, for tests.

They are forked from a process that has imported the server, so that a start takes a quarter of the
time; environment, files, signals and exit code are as from a shell. A process that is measured for
coverage, or of another release, is started whole.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from gateway.kit import faults

COMMAND_PATH = str(Path(sys.executable).with_name("killatamata"))
DEFAULT_PROGRAM = (COMMAND_PATH,)
COVERAGE_ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")
}
BASE_ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "KT_LOG_LEVEL": "warning"}
BASE_ENVIRONMENT |= COVERAGE_ENVIRONMENT
RUN_SECONDS = 90
_fork_context = multiprocessing.get_context("forkserver")
_fork_context.set_forkserver_preload(
    ["killatamata.cli", "gateway.serve", "workers.__main__", "tests.fork_preload"]
)


@dataclass(frozen=True)
class ForkedProcess:
    """A forked process with the part of `subprocess.Popen` that tests use."""

    process: ForkServerProcess

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self.process.pid or 0

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self.process.exitcode

    def wait(self, timeout: float) -> int:
        """Wait for the end and return the exit code.

        Raises:
            subprocess.TimeoutExpired: It runs longer than `timeout` seconds.
        """
        self.process.join(timeout)
        code = self.process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("killatamata", timeout)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


Process = ForkedProcess | subprocess.Popen[bytes]


def start_command(
    words: Sequence[str],
    settings: dict[str, str],
    out: Path,
    err: Path | None = None,
    program: Sequence[str] = DEFAULT_PROGRAM,
) -> Process:
    """Start the command with these words; `out` takes stderr too unless `err` is given."""
    environment = BASE_ENVIRONMENT | settings
    if program is not DEFAULT_PROGRAM or COVERAGE_ENVIRONMENT:
        command = [*program, *words]
        with out.open("ab") as output, (err or out).open("ab") as errors:
            return subprocess.Popen(command, env=environment, stdout=output, stderr=errors)
    arguments = (list(words), environment, str(out), str(err or out))
    process = _fork_context.Process(target=_run_in_child, args=arguments, daemon=True)
    process.start()
    return ForkedProcess(process)


def run_command(
    words: Sequence[str], settings: dict[str, str], program: Sequence[str] = DEFAULT_PROGRAM
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end and return its exit code and output."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = start_command(words, settings, out, err, program)
        try:
            code = process.wait(RUN_SECONDS)
        finally:  # one that does not end must not outlive its test
            process.send_signal(signal.SIGKILL)
            process.wait(RUN_SECONDS)
        return subprocess.CompletedProcess([*words], code, out.read_text(), err.read_text())


def busy_seconds(process: Process) -> float:
    """Return the CPU seconds that all threads of a process have used, from the scheduler."""
    tasks = Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def _run_in_child(words: list[str], environment: dict[str, str], out: str, err: str) -> None:
    """Run the command in the forked child, with its own environment and files."""
    os.environ.clear()
    os.environ.update(environment)
    faults.arm_from_environment()
    for number, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(file, number)
        os.close(file)
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - the process's own
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115 - the process's own
    sys.argv = ["killatamata", *words]
    from killatamata.cli import main  # noqa: PLC0415 - imported where this is forked from

    main()
