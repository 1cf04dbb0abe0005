"""Prefixed ULIDs: sortable by time, unique without a server."""

import os
import threading
from collections.abc import Callable

from gateway.kit.clock import Clock, SystemClock

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ALPHABET_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
RANDOM_BITS = 80
ULID_CHARACTERS, TIME_CHARACTERS, ULID_BITS = 26, 10, 128
TO_PYTHON_DIGITS = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")


class Ids:
    """The source of ids and of all other randomness.

    It is thread-safe. Ids of one source rise, within a millisecond too, so they sort by time.
    """

    def __init__(
        self, clock: Clock | None = None, random_bytes: Callable[[int], bytes] = os.urandom
    ) -> None:
        self._clock = clock or SystemClock()
        self._random_bytes = random_bytes
        self._lock = threading.Lock()
        self._last = 0

    def new(self, prefix: str) -> str:
        """Return `prefix_` and a ULID of 26 characters."""
        with self._lock:
            ulid = (self._clock.now() // 1_000) << RANDOM_BITS
            ulid |= int.from_bytes(self._random_bytes(RANDOM_BITS // 8), "big")
            # In the same millisecond, or after the clock went back: the last one plus 1, as the
            # ULID specification says, else ids would not rise.
            if ulid >> RANDOM_BITS <= self._last >> RANDOM_BITS:
                ulid = self._last + 1
            self._last = ulid
        return f"{prefix}_{encode_crockford(ulid)}"

    def seed(self) -> int:
        """Return a random seed, 0 to 2**53 - 1."""
        return int.from_bytes(self._random_bytes(8), "big") >> 11

    def bytes(self, count: int) -> bytes:
        """Return `count` random bytes, fit for secrets."""
        return self._random_bytes(count)


def encode_crockford(value: int) -> str:
    """Write 128 bits as 26 characters of Crockford's base 32."""
    return "".join([ALPHABET_PAIRS[value >> shift & 1023] for shift in range(120, -1, -10)])


def build_lowest_id(prefix: str, at: int) -> str:
    """Return the id below which every id is older than a time in microseconds.

    Where no index holds the time of a row, its primary key finds the newest rows.
    """
    return f"{prefix}_{encode_crockford(at // 1_000 << RANDOM_BITS)}"


def time_from_id(identifier: str) -> int:
    """Return the time in an id, in microseconds since 1970 (to the millisecond).

    Raises:
        ValueError: it does not end in a ULID.
    """
    _, _, ulid = identifier.rpartition("_")
    if len(ulid) != ULID_CHARACTERS:
        raise ValueError(f"not an id: {identifier!r}")
    milliseconds = 0
    for character in ulid[:TIME_CHARACTERS]:
        milliseconds = milliseconds << 5 | ALPHABET.index(character)
    return milliseconds * 1_000


def find_ulid(identifier: str) -> int | None:
    """Return the 128 bits of the ULID in an id, None if it has none."""
    _, _, ulid = identifier.rpartition("_")
    if len(ulid) != ULID_CHARACTERS:
        return None
    try:
        bits = int(ulid.translate(TO_PYTHON_DIGITS), 32)
    except ValueError:
        return None
    return bits if bits >> ULID_BITS == 0 else None


def is_id_older(name: str, moment: int) -> bool:
    """Return True if an id was made before a moment (microseconds); False if it has no ULID."""
    try:
        return time_from_id(name) < moment
    except ValueError:
        return False
