"""Files of this machine as media inputs: inline where the wire takes it, else as an asset."""

import base64
import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from killatamata._sync.transport import Transport, parsed
from killatamata.saving import chunks, size_of
from killatamata.types import AssetMade, UploadLink
from killatamata.wire import params

MIB = 2**20
INLINE_BYTES, INLINE_TOTAL_BYTES = 10 * MIB, 22 * MIB
UPLOAD = "/api/v1/studio/assets/upload"
OCTETS = {"Content-Type": "application/octet-stream"}


class Inputs:
    """Replaces each `Path` in the input of a task by what the API takes."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._inline = 0

    def resolved(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the input without paths; a field that became an upload is named `…Url`."""
        found: dict[str, Any] = {}
        for name, value in given.items():
            if _has_path(value):
                key, each = self._media(name, value)
                found[key] = each
            elif isinstance(value, Sequence) and not isinstance(value, str):
                found[name] = [
                    self.resolved(one) if isinstance(one, Mapping) else one for one in value
                ]
            else:
                found[name] = value
        return found

    def _media(self, name: str, value: Path | Sequence[Any]) -> tuple[str, Any]:
        many = not isinstance(value, Path)
        given = value if isinstance(value, Sequence) else [value]
        files = [each for each in given if isinstance(each, Path)]
        singular = name.removesuffix("s") if many else name
        if not singular.endswith("Url") and self._fits(files):
            inline = [_inline(each) if isinstance(each, Path) else each for each in given]
            return name, inline if many else inline[0]
        urls = [self._uploaded(each) if isinstance(each, Path) else each for each in given]
        plural = f"{singular.removesuffix('Url')}Url{'s' * many}"
        return plural, urls if many else urls[0]

    def _fits(self, files: Sequence[Path]) -> bool:
        sizes = [size_of(file) for file in files]
        if max(sizes) > INLINE_BYTES or self._inline + sum(sizes) > INLINE_TOTAL_BYTES:
            return False
        self._inline += sum(sizes)
        return True

    def _uploaded(self, file: Path) -> str:
        made = upload(self._transport, file)
        return f"asset://{made.asset_id}"


def upload(
    transport: Transport, file: Path, project_id: str | None = None, name: str | None = None
) -> AssetMade:
    """Upload a file into a project; without one, into the selected project or the inbox.

    Raises:
        StatusError: a refusal.
        ConnectionFailed: no answer.
    """
    size, filename = size_of(file), name or file.name

    def body() -> Iterator[bytes]:
        for chunk in chunks(file):
            yield chunk

    path, query = UPLOAD, params(project_id=project_id, filename=filename)
    if project_id is None:
        asked = {"filename": filename, "bytes": max(size, 1)}
        link = transport.model(UploadLink, "POST", "/api/v1/studio/assets/upload-link", json=asked)
        path, query = link.upload_url, {}
    headers = OCTETS | {"Content-Length": str(size)}
    answer = transport.send("POST", path, params=query or None, content=body, headers=headers)
    return parsed(AssetMade, answer.content)


def _has_path(value: object) -> bool:
    if isinstance(value, Path):
        return True
    return isinstance(value, list | tuple) and any(isinstance(each, Path) for each in value)


def _inline(file: Path) -> dict[str, str]:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return {"mimeType": kind, "data": base64.b64encode(file.read_bytes()).decode()}
