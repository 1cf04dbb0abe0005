"""An MCP server that could not be opened once is opened by the next request."""

from pathlib import Path

import pytest

from gateway.app import run_application
from gateway.configuration.settings import Settings
from gateway.doors import mcp
from tests.in_process import open_account_client
from tests.mcp_clients import INITIALIZE_REQUEST

pytestmark = pytest.mark.anyio
ACCEPT = {"Accept": "application/json, text/event-stream"}


async def test_a_server_that_did_not_open_is_tried_again_and_stops_the_gateway_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path, public_url="http://127.0.0.1:8787").with_secrets()
    server_module = mcp.SERVER_MODULE
    async with run_application(settings) as application, open_account_client(application) as http:
        monkeypatch.setattr(mcp, "SERVER_MODULE", "mcp_server.no_such_module")
        refused = await http.post("/mcp", json=INITIALIZE_REQUEST, headers=ACCEPT)
        assert (refused.status_code, refused.json()["code"]) == (500, "internal_error")
        monkeypatch.setattr(mcp, "SERVER_MODULE", server_module)
        opened = await http.post("/mcp", json=INITIALIZE_REQUEST, headers=ACCEPT)
        assert opened.status_code == 200
    async with run_application(settings) as application, open_account_client(application) as http:
        monkeypatch.setattr(mcp, "SERVER_MODULE", "mcp_server.no_such_module")
        await http.post("/mcp", json=INITIALIZE_REQUEST, headers=ACCEPT)
        # the end of the block stops the gateway, which raised what the opening had raised
