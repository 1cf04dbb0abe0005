"""The server card: the facts that a client can read before it connects."""

from collections.abc import Mapping
from importlib.metadata import version

from mcp_server.about import NAME, PROTOCOLS, TITLE

# A second version is being drafted; clients read this one today.
SCHEMA = "https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json"
DESCRIPTION = "Images, videos and sound from prepaid credit, at exact prices, with approval"
KEY = {
    "name": "Authorization",
    "isRequired": True,
    "isSecret": True,
    "description": "`Bearer` and an API key, or a connected app's token.",
}


def card(api_url: str) -> Mapping[str, object]:
    """Build the card, with the names and versions that the live server answers with."""
    return {
        "$schema": SCHEMA,
        "name": NAME,
        "version": version("killatamata"),
        "title": TITLE,
        "description": DESCRIPTION,
        "remotes": [
            {
                "type": "streamable-http",
                "url": f"{api_url}/mcp",
                "headers": [KEY],
                "supportedProtocolVersions": list(PROTOCOLS),
            }
        ],
    }
