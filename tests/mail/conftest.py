"""A mail server."""

from collections.abc import Iterator

import pytest

from tests.fakes.smtp import Inbox, inbox


@pytest.fixture
def box() -> Iterator[Inbox]:
    with inbox() as one:
        yield one
