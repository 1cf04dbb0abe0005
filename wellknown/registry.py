"""`server.json`, the entry of the server in MCP registries."""

import json

from gateway.configuration.settings import Settings
from mcp_server.server_card import KEY_HEADER, SERVER_DESCRIPTION, build_server_card

SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"


def render_registry_entry(settings: Settings) -> bytes:
    """Render the registry entry: the package that speaks stdio, and the remote addresses."""
    server_card = build_server_card(settings.api_url)
    remotes = {"streamable-http": "/mcp", "sse": "/sse"}
    body = {
        "$schema": SCHEMA,
        "name": server_card["name"],
        "description": SERVER_DESCRIPTION,
        "version": server_card["version"],
        "title": server_card["title"],
        "websiteUrl": settings.public_url,
        "packages": [
            {
                "registryType": "pypi",
                "identifier": "killatamata",
                "version": server_card["version"],
                "packageArguments": [{"type": "positional", "value": "mcp"}],
                "transport": {"type": "stdio"},
            }
        ],
        "remotes": [
            {"type": kind, "url": f"{settings.api_url}{path}", "headers": [KEY_HEADER]}
            for kind, path in remotes.items()
        ],
    }
    return (json.dumps(body, indent=2) + "\n").encode()
