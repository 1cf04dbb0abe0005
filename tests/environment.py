"""The environment of the test's own process, which its threads share."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from unittest import mock

TURN = threading.Lock()


@contextmanager
def hold_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables for the block; threads take turns.

    Patches that overlap would restore each other's variables, which then stay set for later tests.
    """
    with TURN, mock.patch.dict(os.environ, variables):
        yield
