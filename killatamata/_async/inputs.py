"""Media of this machine as inputs: inline where they are small enough, else as an asset.

One body holds at most 22 MiB of inline media: base64 makes 30 MiB of them, and the gateway takes
bodies of 32 MiB. What does not fit is uploaded first, and its field is sent as `…Url` with
`asset://`; so is the field of an address, an asset or an output.
"""

import base64
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias, get_args, is_typeddict

from killatamata import fields as field_types
from killatamata._async.transport import Transport, parse_answer
from killatamata.callbacks import AsyncCallback, call_async
from killatamata.local_media import (
    LocalMedia,
    UploadProgress,
    read_inline,
    to_local_media,
    to_stored_url,
)
from killatamata.operations import TYPED_INPUTS
from killatamata.timeouts import Timeout
from killatamata.types import AssetMade, UploadLink
from killatamata.wire import JsonObject, build_query, build_submit_body, to_wire_name

MIB = 2**20
INLINE_BYTES, INLINE_TOTAL_BYTES = 10 * MIB, 22 * MIB
UPLOAD_PATH = "/api/v1/studio/assets/upload"
OCTET_STREAM_HEADERS = {"Content-Type": "application/octet-stream"}
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)  # not that of a data URI
OnUpload: TypeAlias = AsyncCallback[UploadProgress]


@dataclass(frozen=True, slots=True)
class _Reference:
    """The address of media in a field that takes the media itself."""

    url: str


class Inputs:
    """Replaces media by what the API takes; one instance counts the bytes of one request."""

    def __init__(
        self,
        transport: Transport,
        on_upload: OnUpload | None = None,
        *,
        timeout: Timeout | None = None,
    ) -> None:
        self._transport = transport
        self._timeout = timeout
        self._on_upload = on_upload
        self._inline_bytes = 0

    async def build_body(self, task: str, fields: Mapping[str, Any]) -> JsonObject:
        """Return the body of a submit as it goes over the wire; large files are uploaded."""
        body = build_submit_body(task, fields)
        return body | {"input": await self.resolve_media(task, body["input"])}

    async def resolve_media(self, task: str, given: Mapping[str, Any]) -> JsonObject:
        """Return the input as JSON can hold it; a field that became an upload is named `…Url`.

        Of a task that this version does not know, only media and references are replaced: a text
        under the name of a media field may be something else there. All media are read before
        the first is uploaded.
        """
        media_fields = _list_media_fields() if task in TYPED_INPUTS else frozenset()
        return await self._resolve(_read_media(given, media_fields))

    async def _resolve(self, given: Mapping[str, Any]) -> JsonObject:
        wire_input: JsonObject = {}
        for name, value in given.items():
            many = isinstance(value, list)
            items = value if many else [value]
            if any(isinstance(item, LocalMedia | _Reference) for item in items):
                key, wire_value = await self._resolve_field(name, items, many=many)
                if key != name and key in given:
                    raise TypeError(f"{name} and {key} name the same media: give one of them.")
                wire_input[key] = wire_value
            else:
                wire_input[name] = await self._resolve_value(value)
        return wire_input

    async def _resolve_value(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Return a value with the media of its inner objects replaced, such as `clips`."""
        if isinstance(value, Mapping):
            return await self._resolve(value)
        if isinstance(value, list):
            return [await self._resolve_value(each) for each in value]
        return value

    async def _resolve_field(
        self, name: str, given: Sequence[Any], *, many: bool
    ) -> tuple[str, Any]:
        """Return the wire name and value of a field with media."""
        singular = name.removesuffix("s") if many else name
        if not singular.endswith("Url") and self._reserve_inline_bytes(given):
            inline = [
                _to_inline_media(each) if isinstance(each, LocalMedia) else each for each in given
            ]
            return name, inline if many else inline[0]
        urls = [await self._to_url(each) for each in given]
        plural = f"{singular.removesuffix('Url')}Url{'s' * many}"
        return plural, urls if many else urls[0]

    def _reserve_inline_bytes(self, given: Sequence[Any]) -> bool:
        """Return True and count the bytes if the media of a field can go inline."""
        if any(isinstance(each, _Reference) for each in given):
            return False
        sizes = [each.size for each in given if isinstance(each, LocalMedia)]
        if max(sizes) > INLINE_BYTES or self._inline_bytes + sum(sizes) > INLINE_TOTAL_BYTES:
            return False
        self._inline_bytes += sum(sizes)
        return True

    async def _to_url(self, given: Any) -> Any:  # noqa: ANN401 - media, or JSON as it is
        if isinstance(given, _Reference):
            return given.url
        media = given if isinstance(given, LocalMedia) else read_inline(given)
        if media is None:
            return given
        made = await upload_media(
            self._transport, media, on_upload=self._on_upload, timeout=self._timeout
        )
        return f"asset://{made.asset_id}"


async def upload_media(
    transport: Transport,
    media: LocalMedia,
    project_id: str | None = None,
    name: str | None = None,
    on_upload: OnUpload | None = None,
    *,
    timeout: Timeout | None = None,
) -> AssetMade:
    """Upload media into a project; without one, into the selected project or the inbox.

    Without a project the gateway chooses it when it signs the link, and the bytes go to that link.

    Raises:
        StatusError: a refusal.
        ConnectionFailed: no answer.
    """
    filename = name or media.name

    async def body() -> AsyncIterator[bytes]:
        sent = 0
        for chunk in media.read_chunks():
            yield chunk  # it comes back once the connection has taken the chunk
            sent += len(chunk)
            await call_async(on_upload, UploadProgress(filename, sent, media.size))

    path, query = UPLOAD_PATH, build_query(project_id=project_id, filename=filename)
    if project_id is None:
        # An upload link is only signed for at least one byte; the upload of an empty file then
        # gets the refusal that says why.
        link_body = {"filename": filename, "bytes": max(media.size, 1)}
        link = await transport.request_model(
            UploadLink, "POST", "/api/v1/studio/assets/upload-link", json=link_body, timeout=timeout
        )
        path, query = link.upload_url, {}
    headers = OCTET_STREAM_HEADERS | {"Content-Length": str(media.size)}
    answer = await transport.send(
        "POST", path, params=query or None, content=body, headers=headers, timeout=timeout
    )
    return parse_answer(AssetMade, answer)


def _read_media(given: Mapping[str, Any], media_fields: frozenset[str]) -> JsonObject:
    """Return fields with their media to send or to name, those of inner objects too."""

    def read(value: Any, *, takes_media: bool) -> Any:  # noqa: ANN401 - any JSON value
        if isinstance(value, Mapping):
            return _read_media(value, media_fields)
        if isinstance(value, list | tuple):
            return [read(each, takes_media=takes_media) for each in value]
        return _to_media(value, takes_media=takes_media)

    return {name: read(value, takes_media=name in media_fields) for name, value in given.items()}


def _to_media(value: object, *, takes_media: bool) -> object:
    """Return the value of a field as media to send or to name, or as it is if it is neither."""
    url = to_stored_url(value)
    if url is None and isinstance(value, str) and takes_media:
        url = value if ADDRESS.match(value) else None
    return to_local_media(value) or value if url is None else _Reference(url)


@cache
def _list_media_fields() -> frozenset[str]:
    """List the wire names of the fields that take media, which their types tell."""
    return frozenset(
        to_wire_name(name)
        for kind in vars(field_types).values()
        if is_typeddict(kind)
        for name, annotation in kind.__annotations__.items()
        if _takes_media(annotation)
    )


def _takes_media(annotation: Any) -> bool:  # noqa: ANN401 - any annotation
    parts = get_args(annotation)
    return field_types.InlineMedia in parts or any(map(_takes_media, parts))


def _to_inline_media(media: LocalMedia) -> dict[str, str]:
    return {"mimeType": media.mime_type, "data": base64.b64encode(media.read()).decode()}
