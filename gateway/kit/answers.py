"""Answers of operations: the result of a handler, and the answer that goes over the wire."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A handler's result, where it is more than a body.

    A replay has `stored_body`, where the first answer holds a secret, and none of the `cookies`,
    which are whole `Set-Cookie` values.
    """

    body: BaseModel | None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    resource_id: str = ""
    stored_body: BaseModel | None = None
    cookies: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Answer:
    """An answer as it goes over the wire: status, exact bytes, headers.

    Not frozen, as a call is not: each request makes one, and a frozen one takes twice the time.

    `stream` replaces a body that comes in parts; a refusal before its first part is like any other,
    and the door closes it in the end. `available_microusd` is the credit after the call, if known.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    stream: AsyncGenerator[bytes, None] | None = None
    available_microusd: int | None = None
