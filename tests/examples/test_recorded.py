"""The examples that we show are what a gateway answers today."""

import anyio
import pytest

from gateway.recorded import FOLDER
from tests.examples.record import record_story

AGAIN = "an answer has changed: run `python -m tests.examples.record`, and review the difference"


@pytest.mark.promise("discovery: recorded-examples")
def test_every_example_is_what_a_gateway_answers_today() -> None:
    files = anyio.run(record_story)
    assert {path.name for path in FOLDER.glob("*.json")} == files.keys()
    changed = [name for name, data in files.items() if (FOLDER / name).read_bytes() != data]
    assert changed == [], AGAIN
