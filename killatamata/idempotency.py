"""The idempotency key of a write, kept where it is needed most: on the error of the call."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from killatamata.errors import KillaTamataError, StatusError
from killatamata.retries import is_retryable

KEY_HEADER = "X-Idempotency-Key"


@contextmanager
def keep_key(key: str | None, *, is_own: bool) -> Iterator[None]:
    """Put the key of a write on an error of this block.

    A note names it where the gateway may have done the work, unless the key `is_own`: whoever has
    passed it in knows it.
    """
    try:
        yield
    except BaseException as error:
        if key is not None:
            if isinstance(error, KillaTamataError):
                error.idempotency_key = key
            if not is_own and _may_be_done(error):
                error.add_note(
                    "The gateway may have done it all the same. Repeat the call with"
                    f" idempotency_key={key!r}, so that it is done only once."
                )
        raise


def _may_be_done(error: BaseException) -> bool:
    """Return False for a refusal that is certain: the gateway has read the request."""
    if not isinstance(error, StatusError) or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return True  # a 5xx may come from a proxy, after the gateway has done the work
    return is_retryable(error.status, error.headers, error.code)
