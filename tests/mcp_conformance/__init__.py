"""The server with the fixtures that the conformance suite expects, beside the real tools.

https://github.com/modelcontextprotocol/conformance names them. `python -m tests.mcp_conformance`
is the command with this server behind `/mcp`. The suite sends no key, so none is asked for, and
the real tools have no account behind them.
"""

from starlette.types import ASGIApp

from mcp_server.http.application import McpApplication, build_in_process_api
from mcp_server.http.refusals import CountRequest
from mcp_server.http.site import Site
from mcp_server.json_types import Schema
from mcp_server.principal import VerifyToken
from mcp_server.server import ServerOptions, build_server
from tests.mcp_conformance import contents, questions, tasks


async def start_application(
    app: ASGIApp, document: Schema, _verify: VerifyToken, site: Site, _count: CountRequest
) -> McpApplication:
    """Start the server of a gateway; `app` is the gateway's own REST door."""
    # No `auth` and no admission: the suite sends no key.
    options = ServerOptions(
        operator_choice=site.operator_choice,
        state_keys=site.state_keys,
        tasks_extension=tasks.FixtureTasks,
    )
    server = build_server(build_in_process_api(app, site.api_url), document, options)
    for fixtures in (contents, questions, tasks):
        fixtures.add(server)
    application = McpApplication(server, site)
    await application.start()
    return application
