"""Media of this machine as inputs: inline where they are small enough, else as an asset.

One body holds at most 22 MiB of inline media: base64 makes 30 MiB of them, and the gateway takes
bodies of 32 MiB. What does not fit is uploaded first, and its field is sent as `…Url` with
`asset://`.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from killatamata._sync.transport import Transport, parse_answer
from killatamata.local_media import LocalMedia, to_local_media
from killatamata.types import AssetMade, UploadLink
from killatamata.wire import JsonObject, build_query, build_submit_body

MIB = 2**20
INLINE_BYTES, INLINE_TOTAL_BYTES = 10 * MIB, 22 * MIB
UPLOAD_PATH = "/api/v1/studio/assets/upload"
OCTET_STREAM_HEADERS = {"Content-Type": "application/octet-stream"}


class Inputs:
    """Replaces local media by what the API takes; one instance counts the bytes of one request."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._inline_bytes = 0

    def build_body(self, task: str, fields: Mapping[str, Any]) -> JsonObject:
        """Return the body of a submit as it goes over the wire; large files are uploaded."""
        body = build_submit_body(task, fields)
        return body | {"input": self.resolve_media(body["input"])}

    def resolve_media(self, given: Mapping[str, Any]) -> JsonObject:
        """Return the input as JSON can hold it; a field that became an upload is named `…Url`."""
        wire_input: JsonObject = {}
        for name, value in given.items():
            many = isinstance(value, list | tuple)
            items = [to_local_media(item) or item for item in (value if many else [value])]
            if any(isinstance(item, LocalMedia) for item in items):
                key, wire_value = self._resolve_field(name, items, many=many)
                wire_input[key] = wire_value
            else:
                wire_input[name] = self._resolve_value(value)
        return wire_input

    def _resolve_value(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Return a value with the media of its inner objects replaced, such as `clips`."""
        if isinstance(value, Mapping):
            return self.resolve_media(value)
        if isinstance(value, list | tuple):
            return [self._resolve_value(each) for each in value]
        return value

    def _resolve_field(self, name: str, given: Sequence[Any], *, many: bool) -> tuple[str, Any]:
        """Return the wire name and value of a field with local media."""
        singular = name.removesuffix("s") if many else name
        if not singular.endswith("Url") and self._reserve_inline_bytes(given):
            inline = [
                _to_inline_media(each) if isinstance(each, LocalMedia) else each for each in given
            ]
            return name, inline if many else inline[0]
        urls = [
            self._upload_as_url(each) if isinstance(each, LocalMedia) else each for each in given
        ]
        plural = f"{singular.removesuffix('Url')}Url{'s' * many}"
        return plural, urls if many else urls[0]

    def _reserve_inline_bytes(self, given: Sequence[Any]) -> bool:
        """Return True and count the bytes if the media of a field can go inline."""
        sizes = [each.size for each in given if isinstance(each, LocalMedia)]
        if max(sizes) > INLINE_BYTES or self._inline_bytes + sum(sizes) > INLINE_TOTAL_BYTES:
            return False
        self._inline_bytes += sum(sizes)
        return True

    def _upload_as_url(self, media: LocalMedia) -> str:
        made = upload_media(self._transport, media)
        return f"asset://{made.asset_id}"


def upload_media(
    transport: Transport, media: LocalMedia, project_id: str | None = None, name: str | None = None
) -> AssetMade:
    """Upload media into a project; without one, into the selected project or the inbox.

    Without a project the gateway chooses it when it signs the link, and the bytes go to that link.

    Raises:
        StatusError: a refusal.
        ConnectionFailed: no answer.
    """
    filename = name or media.name

    def body() -> Iterator[bytes]:
        for chunk in media.read_chunks():
            yield chunk

    path, query = UPLOAD_PATH, build_query(project_id=project_id, filename=filename)
    if project_id is None:
        # An upload link is only signed for at least one byte; the upload of an empty file then
        # gets the refusal that says why.
        link_body = {"filename": filename, "bytes": max(media.size, 1)}
        link = transport.request_model(
            UploadLink, "POST", "/api/v1/studio/assets/upload-link", json=link_body
        )
        path, query = link.upload_url, {}
    headers = OCTET_STREAM_HEADERS | {"Content-Length": str(media.size)}
    answer = transport.send("POST", path, params=query or None, content=body, headers=headers)
    return parse_answer(AssetMade, answer)


def _to_inline_media(media: LocalMedia) -> dict[str, str]:
    return {"mimeType": media.mime_type, "data": base64.b64encode(media.read()).decode()}
