"""The HTTP answer that a typed answer was read from: status, headers, bytes, never the key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2
from pydantic import BaseModel

B = TypeVar("B", bound=BaseModel)
ATTRIBUTE = "_raw_response"


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An answer as it came; the names of `headers` are in lower case."""

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    request_id: str
    """The name of the request in the gateway's log."""
    retries: int
    """How many tries had failed before."""
    elapsed_seconds: float

    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        """Parse the content as JSON."""
        return json.loads(self.content)


def read_raw_response(response: httpx2.Response) -> RawResponse:
    """Copy what an answer holds; not its request, whose headers have the key."""
    return RawResponse(
        response.status_code,
        dict(response.headers.items()),
        response.content,
        response.headers.get("x-request-id", ""),
        int(response.request.headers.get("x-retry-count", "0")),
        response.elapsed.total_seconds(),
    )


def attach_raw_response(model: B, response: httpx2.Response) -> B:
    """Keep an answer beside the fields of its model: equality and dumps leave it out."""
    vars(model)[ATTRIBUTE] = read_raw_response(response)
    return model
