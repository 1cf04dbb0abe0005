"""Plugin of pytest that names each test as the context of its coverage, and notes its seconds."""

import json
import os
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from coverage import Coverage

SECONDS: dict[str, float] = {}
FAILED: set[str] = set()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Switch the context for the time of one test with its fixtures."""
    measured = Coverage.current()
    assert measured is not None
    measured.switch_context(item.nodeid)
    begin = time.monotonic()
    try:
        return (yield)
    finally:
        if item.nodeid not in FAILED:
            SECONDS[item.nodeid] = round(time.monotonic() - begin, 2)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Forget a test that fails without a mutant: it would seem to catch every one."""
    if report.failed:
        FAILED.add(report.nodeid)


def pytest_sessionfinish(exitstatus: int) -> None:
    """Write the seconds of all tests that passed; a stopped run is measured again."""
    if exitstatus != pytest.ExitCode.INTERRUPTED:
        Path(os.environ["KT_TEST_SECONDS"]).write_text(json.dumps(SECONDS))
