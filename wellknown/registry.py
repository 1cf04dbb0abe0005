"""`server.json`, the entry of the server in MCP registries."""

import json

from gateway.configuration.settings import Settings
from mcp_server.server_card import KEY_HEADER, SERVER_DESCRIPTION, build_server_card

PACKAGE = "killatamata"
SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"


def render_registry_entry(settings: Settings, *, source: str = "") -> bytes:
    """Render the registry entry: the package that speaks stdio, and the remote addresses.

    `source` is the address of the package's wheel. Without it the package comes from the index of
    its registry, where each version stays.
    """
    server_card = build_server_card(settings.api_url, settings.public_url)
    version = server_card["version"]
    wheel = f"{PACKAGE}[mcp] @ {source}" if source else f"{PACKAGE}[mcp]=={version}"
    remotes = {"streamable-http": "/mcp"} | ({"sse": "/sse"} if settings.mcp_sse else {})
    body = {
        "$schema": SCHEMA,
        "name": server_card["name"],
        "description": SERVER_DESCRIPTION,
        "version": version,
        "title": server_card["title"],
        "websiteUrl": settings.public_url,
        "icons": server_card["icons"],
        "packages": [
            {
                "registryType": "pypi",
                "identifier": PACKAGE,
                "version": version,
                "runtimeHint": "uvx",
                "runtimeArguments": [{"type": "named", "name": "--with", "value": wheel}],
                "packageArguments": [{"type": "positional", "value": "mcp"}],
                "environmentVariables": _build_environment(settings.api_url),
                "transport": {"type": "stdio"},
            }
        ],
        "remotes": [
            {"type": kind, "url": f"{settings.api_url}{path}", "headers": [KEY_HEADER]}
            for kind, path in remotes.items()
        ],
    }
    return (json.dumps(body, indent=2) + "\n").encode()


def _build_environment(api_url: str) -> list[dict[str, object]]:
    """Build the variables that `killatamata mcp` reads."""
    return [
        {
            "name": "KT_API_KEY",
            "description": "An API key, best one for each agent, with few scopes and a cap.",
            "isRequired": True,
            "isSecret": True,
            "placeholder": "kt_live_…",
        },
        {
            "name": "KT_API_BASE",
            "description": "The address of the gateway's API.",
            "default": api_url,
        },
    ]
