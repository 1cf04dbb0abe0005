"""`server.json`, by which MCP registries know the server."""

import json

from gateway.settings import Settings
from mcp_server.card import DESCRIPTION, KEY, card

SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"


def registry(settings: Settings) -> bytes:
    """Return the entry of the server: the package that speaks stdio, and the addresses."""
    shown = card(settings.api_url)
    remotes = {"streamable-http": "/mcp", "sse": "/sse"}
    body = {
        "$schema": SCHEMA,
        "name": shown["name"],
        "description": DESCRIPTION,
        "version": shown["version"],
        "title": shown["title"],
        "websiteUrl": settings.public_url,
        "packages": [
            {
                "registryType": "pypi",
                "identifier": "killatamata",
                "version": shown["version"],
                "packageArguments": [{"type": "positional", "value": "mcp"}],
                "transport": {"type": "stdio"},
            }
        ],
        "remotes": [
            {"type": kind, "url": f"{settings.api_url}{path}", "headers": [KEY]}
            for kind, path in remotes.items()
        ],
    }
    return (json.dumps(body, indent=2) + "\n").encode()
