"""Containers of video and sound, opened so that a file cannot lead elsewhere. In the child only."""

from typing import IO

import av
from av.container import InputContainer


def open_container(source: IO[bytes], name: str) -> InputContainer:
    """Open with only the demuxer that the sniffer named; a file cannot make it read a URL."""
    return av.open(
        source,
        "r",
        format="matroska" if name == "webm" else name,
        options={"protocol_whitelist": "file"},
        metadata_errors="ignore",
        timeout=5,
    )
