"""Reads over REST for requests that are no tool call, where a refusal is a protocol error."""

import httpx2
from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR

from mcp_server.json_types import JsonObject
from mcp_server.rest.api import RestApi
from mcp_server.results import Refusal

MISSING_CODES = frozenset(
    {"not_found", "invalid_input", "uri_too_long", "unknown_task", "task_not_enabled"}
)


async def fetch_json(api: RestApi, path: str, **query: str) -> JsonObject | None:
    """Return the JSON at a path; None if this caller has nothing there.

    Raises:
        MCPError: REST refused; the error's data are the refusal as a tool would answer it.
    """
    try:
        return await api.get(path, **query)
    except Refusal as refusal:
        if is_missing(refusal):
            return None
        raise to_protocol_error(refusal) from refusal


async def download_file(api: RestApi, url: str) -> httpx2.Response | None:
    """Return the file at a path or a signed URL; None if there is none.

    Raises:
        MCPError: the file cannot be read now.
    """
    # Files need no key. It must not leave with the request, neither as a default header nor by the
    # client's `auth`: a signed URL or a redirect leads to a storage service of somebody else.
    request = api.client.build_request("GET", url)
    request.headers.pop("Authorization", None)
    try:
        answer = await api.client.send(request, auth=None, follow_redirects=True)
    except httpx2.HTTPError as error:
        raise MCPError(INTERNAL_ERROR, "The file cannot be read now.") from error
    if answer.status_code in {httpx2.codes.NOT_FOUND, httpx2.codes.GONE}:
        return None
    if answer.is_error:
        raise MCPError(INTERNAL_ERROR, "The file cannot be read now.")
    return answer


def is_missing(refusal: Refusal) -> bool:
    """Return True if nothing has the requested id, or another account owns it."""
    return refusal.problem["code"] in MISSING_CODES


def to_protocol_error(refusal: Refusal) -> MCPError:
    """Turn a refusal into the error of a request that is no tool call."""
    problem: JsonObject = dict(refusal.problem)
    return MCPError(INTERNAL_ERROR, problem["message"], problem)
