"""The server with the fixtures that the conformance suite expects, beside the real tools.

https://github.com/modelcontextprotocol/conformance names them. `python -m tests.mcp_conformance`
is the command with this server behind `/mcp`. The suite sends no key, so none is asked for, and
the real tools have no account behind them.
"""

from starlette.types import ASGIApp

from mcp_server.asgi import Mounted, in_process
from mcp_server.crowding import Count
from mcp_server.open_json import Schema
from mcp_server.principal import Verify
from mcp_server.server import Options, build_server
from mcp_server.site import Site
from tests.mcp_conformance import contents, questions, tasks


async def mounted(
    app: ASGIApp, document: Schema, _verify: Verify, site: Site, _count: Count
) -> Mounted:
    """Start the server of a gateway; `app` is the gateway's own REST door."""
    # No `auth` and no admission: the suite sends no key.
    options = Options(operator=site.operator, state_keys=site.state_keys, tasks=tasks.FixtureTasks)
    server = build_server(in_process(app, site.api_url), document, options)
    for fixtures in (contents, questions, tasks):
        fixtures.add(server)
    application = Mounted(server, site)
    await application.start()
    return application
