"""The server's name, title, icon and protocol versions.

Apart from the SDK, which takes a second to load: the gateway needs them for its documents.
"""

from functools import cache
from importlib.metadata import version

ICON_PATH, ICON_SIZE = "/skills/killatamata/assets/icon.png", "256x256"
SERVER_NAME, SERVER_TITLE = "com.killatamata/killatamata", "Killa Tamata AI"
PROTOCOL_VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28")
"""The protocol versions that the server speaks, the oldest first; a test compares the SDK's."""


@cache
def get_version() -> str:
    """Return the version of the distribution; to find it takes milliseconds, so it is kept."""
    return version("killatamata")
