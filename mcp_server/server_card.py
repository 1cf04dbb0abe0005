"""The server card: the facts that a client can read before it connects."""

from collections.abc import Mapping

from mcp_server.server_info import (
    ICON_PATH,
    ICON_SIZE,
    PROTOCOL_VERSIONS,
    SERVER_NAME,
    SERVER_TITLE,
    get_version,
)

# A second version is being drafted; clients read this one today.
CARD_SCHEMA_URL = "https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json"
SERVER_DESCRIPTION = "Images, videos and sound from prepaid credit, at exact prices, with approval"
KEY_HEADER = {
    "name": "Authorization",
    "isRequired": True,
    "isSecret": True,
    "description": "`Bearer` and an API key, or a connected app's token.",
}


def build_server_card(api_url: str, public_url: str) -> Mapping[str, object]:
    """Build the card, with the names and versions that the live server answers with."""
    return {
        "$schema": CARD_SCHEMA_URL,
        "name": SERVER_NAME,
        "version": get_version(),
        "title": SERVER_TITLE,
        "description": SERVER_DESCRIPTION,
        "icons": [
            {"src": f"{public_url}{ICON_PATH}", "mimeType": "image/png", "sizes": [ICON_SIZE]}
        ],
        "remotes": [
            {
                "type": "streamable-http",
                "url": f"{api_url}/mcp",
                "headers": [KEY_HEADER],
                "supportedProtocolVersions": list(PROTOCOL_VERSIONS),
            }
        ],
    }
