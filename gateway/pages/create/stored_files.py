"""Files of forms, stored in the library: for masks, and for browsers without a script."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

from gateway.kit.errors import BadRequest, Conflict
from gateway.kit.operation import Caller
from gateway.kit.wire import request_reader
from gateway.library import operations as library
from gateway.pages.create.multipart import read_file_form
from gateway.pages.form_problems import OTHER_ACCOUNT, OWN_FORM_HINT, is_form_of_other_account
from gateway.pages.operation_client import OperationClient, build_call_headers


async def read_posted_file(request: Request, name: str, missing: BadRequest) -> bytes:
    """Read the file of a form.

    Raises:
        BadRequest: no file was chosen: `missing`.
        Conflict: the form was shown to another account.
    """
    _, files = await read_file_form(request)
    if is_form_of_other_account(request):
        raise Conflict(OTHER_ACCOUNT, hint=OWN_FORM_HINT)
    if name not in files:
        raise missing
    return files[name]


async def store_file(
    client: OperationClient, request: Request, caller: Caller, name: str, data: bytes
) -> str:
    """Upload bytes into the selected project, or the inbox; return the id of their asset."""
    link_answer = await client.call_operation(
        library.create_upload_link, request, {"filename": name}, caller
    )
    link = request_reader.parse_json_object(link_answer.body)["uploadUrl"]
    query = {field: values[0] for field, values in parse_qs(urlsplit(link).query).items()}

    async def stream() -> AsyncIterator[bytes]:
        yield data

    headers = build_call_headers(request)
    headers |= {"content-type": "application/octet-stream", "content-length": str(len(data))}
    answer = await client.call_operation(
        library.upload_asset,
        request,
        None,
        query=query,
        ticket=query["uploadToken"],
        stream=stream,
        headers=headers,
    )
    asset_id: str = request_reader.parse_json_object(answer.body)["assetId"]
    return asset_id
