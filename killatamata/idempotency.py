"""The idempotency key of a write, kept where it is needed most: on the error of the call."""

import uuid
from types import TracebackType
from typing import Any, Self

from killatamata.errors import KillaTamataError

KEY_HEADER = "X-Idempotency-Key"
WRITE_METHODS = {"POST", "PATCH"}


class OwnKey(str):
    """A key that the client has made: the caller learns it from the error alone."""

    __slots__ = ()


def make_key() -> OwnKey:
    """Make a key for one write."""
    return OwnKey(uuid.uuid4())


class KeptKey:
    """Puts the key of a write on an error of its block.

    A note names it where the gateway may have done the work, unless the caller has passed it in.
    """

    def __init__(self, key: str | None, *, is_named: bool = True) -> None:
        """Take a key; one that no argument takes again is not named."""
        self.key = key
        self.may_be_done = False
        self._is_named = key is not None and is_named

    def __enter__(self) -> Self:
        """Return this."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put the key on the error, if there is one."""
        if error is None or not self._is_named:
            return
        if isinstance(error, KillaTamataError):
            error.idempotency_key = str(self.key)
        if self.may_be_done and isinstance(self.key, OwnKey):
            error.add_note(
                "The gateway may have done it all the same. Repeat the call with"
                f" idempotency_key={str(self.key)!r}, so that it is done only once."
            )


def take_key(method: str, call: dict[str, Any]) -> KeptKey:
    """Take the key of a call out of its arguments, or make one for a write.

    A method without `idempotency_key` cannot be called with it again: then no error names it.
    """
    is_named = "idempotency_key" in call
    given = call.pop("idempotency_key", None)
    return KeptKey((given or make_key()) if method in WRITE_METHODS else None, is_named=is_named)
