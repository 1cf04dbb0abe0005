"""The server with the fixtures that the conformance suite expects, beside the real tools.

https://github.com/modelcontextprotocol/conformance names them. `python -m tests.mcp_conformance`
is the command with this server behind `/mcp`. The suite sends no key, so nobody is asked for one,
and nobody's account is behind the real tools.
"""

from dataclasses import replace

from starlette.types import ASGIApp

from mcp_server.asgi import Mounted, in_process, options_of
from mcp_server.crowding import Count
from mcp_server.open_json import Schema
from mcp_server.principal import Verify
from mcp_server.server import build_server, everybody
from mcp_server.site import Site
from tests.mcp_conformance import contents, questions, tasks


async def mounted(
    app: ASGIApp, document: Schema, verify: Verify, site: Site, _count: Count
) -> Mounted:
    """Return the running server of a gateway; `app` is the gateway's own door."""
    options = replace(options_of(site, verify), auth=None, who=everybody, tasks=tasks.FixtureTasks)
    server = build_server(in_process(app, site.api_url), document, options)
    for fixtures in (contents, questions, tasks):
        fixtures.add(server)
    found = Mounted(server, site)
    await found.start()
    return found
