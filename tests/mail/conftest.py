"""A mail server."""

from collections.abc import Iterator

import pytest

from tests.fakes.smtp import Inbox, run_inbox


@pytest.fixture
def box() -> Iterator[Inbox]:
    with run_inbox() as one:
        yield one
