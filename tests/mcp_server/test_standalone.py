"""A server of its own before a gateway elsewhere: whose key goes where."""

import httpx2
import pytest
from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken

from mcp_server.http.standalone import CallerKeyAuth
from mcp_server.rest.api import RestApi
from mcp_server.rest.reader import download_file
from tests.fakes.site import answer_plainly, serve_site

pytestmark = pytest.mark.anyio
KEY = "kt_live_of_the_caller"


async def test_the_callers_key_goes_to_the_gateway_and_not_with_its_files() -> None:
    caller = AuthenticatedUser(AccessToken(token=KEY, client_id="acct_1", scopes=[]))
    before = auth_context_var.set(caller)
    try:
        async with serve_site(answer_plainly("Content-Length: 2", body=b"{}")) as there:
            client = httpx2.AsyncClient(base_url=there.url, auth=CallerKeyAuth(), trust_env=False)
            async with client:
                assert await RestApi(client).get("/api/v1/balance") == {}
                assert await download_file(RestApi(client), f"{there.url}/files/a.png") is not None
    finally:
        auth_context_var.reset(before)
    asked, fetched = there.requests
    assert KEY.encode() in asked
    assert KEY.encode() not in fetched
