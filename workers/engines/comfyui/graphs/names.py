"""What files are called on a node: never by anything that a user wrote."""

import re
from uuid import UUID

_INPUT = re.compile(r"kt/[0-9a-f]{64}\.[a-z0-9]{2,5}")
_PREFIX = re.compile(r"kt/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/out")


def input_name(sha256: str, ending: str) -> str:
    """Return the name of an input by the sha256 (hex) of its bytes, `ending` as in `.png`."""
    return f"kt/{sha256}{ending}"


def save_prefix(attempt: UUID) -> str:
    """Return what an attempt saves under: fresh, so that an equal graph saves anew."""
    return f"kt/{attempt}/out"


def is_input_name(value: object) -> bool:
    """Return whether a load node reads a file that we brought, and from nowhere else."""
    return isinstance(value, str) and _INPUT.fullmatch(value) is not None


def is_save_prefix(value: object) -> bool:
    """Return whether a save node saves under an attempt of ours."""
    return isinstance(value, str) and _PREFIX.fullmatch(value) is not None
