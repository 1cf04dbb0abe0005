import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.kit.telemetry.log_lines import LogLines

DYING_PROCESS = """
import asyncio, logging
from gateway.kit.telemetry.logging import configure_logging, write_log_line

async def answer():
    write_log_line("gateway.http", logging.INFO, "request", {"status": 200})
    raise SystemExit(3)

configure_logging("info")
asyncio.run(answer())
"""

LOGGING_PROCESS = """
import asyncio, logging, sys
from gateway.kit.telemetry.logging import configure_logging, write_log_line

async def answer():
    write_log_line("gateway.http", logging.INFO, "request", {"status": 200})
    logging.getLogger("gateway.http").warning("disk_full")
    print("refused all the same", file=sys.stderr)

configure_logging("info")
asyncio.run(answer())
"""


@pytest.mark.anyio
async def test_lines_of_one_turn_are_written_together_in_the_next(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = LogLines()
    lines.add("a\n")
    lines.add("b\n")
    assert capsys.readouterr().out == ""
    await asyncio.sleep(0)
    assert capsys.readouterr().out == "a\nb\n"
    lines.add("c\n")
    await asyncio.sleep(0)
    assert capsys.readouterr().out == "c\n"


def test_a_line_without_an_event_loop_is_written_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    LogLines().add("a\n")
    assert capsys.readouterr().out == "a\n"


def test_lines_that_wait_on_a_loop_that_ended_are_not_lost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = LogLines()

    async def add(line: str) -> None:
        lines.add(line)
        if line == "a\n":
            raise RuntimeError

    with pytest.raises(RuntimeError):
        asyncio.run(add("a\n"))
    asyncio.run(add("b\n"))
    lines.flush()
    assert capsys.readouterr().out == "a\nb\n"


def test_a_process_that_ends_within_a_turn_writes_its_lines_first() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", DYING_PROCESS], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 3
    assert '"event":"request"' in ended.stdout


def test_whoever_logs_does_not_fail_because_stdout_does() -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-c", LOGGING_PROCESS],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert "refused all the same" in ended.stderr
