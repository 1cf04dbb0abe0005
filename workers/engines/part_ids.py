"""Ids of the parts of an attempt: a film that is enlarged in segments is several prompts.

A part's id is that of its attempt but for the last 32 bits. So a heartbeat that finds a part in the
queue of a node knows its attempt, though a part has no row of its own.
"""

from uuid import UUID

_BITS = 32


def part_id(attempt: UUID, number: int) -> UUID:
    """Return the id of part `number`, from 1 on; the same number gives the same id."""
    return UUID(int=attempt.int >> _BITS << _BITS | number)


def part_id_range(one: UUID) -> tuple[str, str]:
    """Return the least and the greatest id that an attempt and its parts may have."""
    low = part_id(one, 0)
    return str(low), str(UUID(int=low.int | (1 << _BITS) - 1))


def is_same_attempt(one: UUID, other: UUID) -> bool:
    """Return True if these are an attempt and a part of it, or parts of one."""
    return one.int >> _BITS == other.int >> _BITS
