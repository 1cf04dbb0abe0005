"""Media fields of an input: which exclude each other, and the media they refer to."""

import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.kit.errors import ConflictingInput, InvalidInput
from gateway.library.facts import Kind, LengthLimit
from gateway.media.errors import MediaTooLarge
from gateway.media.tasks.base import (
    INPUT,
    InlineBytes,
    JobReference,
    MediaSource,
    Reference,
    UrlReference,
)
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.inputs.fields import InlineMedia

MOST_INLINE_BYTES = 10 * 1024 * 1024


def find_one_field(fields: Mapping[str, object]) -> str | None:
    """Return the wire name of the one field that has a value, None without any.

    Raises:
        ConflictingInput: two have a value.
    """
    given = [name for name, value in fields.items() if value is not None]
    if len(given) > 1:
        names = " and ".join(f"`{name}`" for name in given)
        raise ConflictingInput(
            f"{names} are mutually exclusive.",
            field=f"{INPUT}.{given[1]}",
            hint=f"Give only one of {_quote_names(fields)}.",
        )
    return given[0] if given else None


def require_one_field(fields: Mapping[str, object], *, where: str = "") -> str:
    """Return the wire name of the one field that has a value, with `where` before it.

    Raises:
        ConflictingInput: two have a value.
        InvalidInput: none has.
    """
    named = {f"{where}{name}": value for name, value in fields.items()}
    given = find_one_field(named)
    if given is None:
        first = next(iter(named))
        raise InvalidInput(
            f"One of {_quote_names(named)} is required.",
            field=f"{INPUT}.{first}",
            hint=f"Give exactly one of {_quote_names(named)}.",
        )
    return given


def refuse_together(name: str, value: object, others: Mapping[str, object]) -> None:
    """Refuse a field together with any of the others.

    Raises:
        ConflictingInput: both have a value.
    """
    for other, other_value in others.items():
        find_one_field({other: other_value, name: value})


def refuse_half_size(width: int | None, height: int | None) -> None:
    """Refuse a width without a height, and a height without a width.

    Raises:
        InvalidInput: it is one without the other.
    """
    if (width is None) != (height is None):
        missing = "width" if width is None else "height"
        raise InvalidInput(
            "`width` and `height` must be given together.",
            field=f"{INPUT}.{missing}",
            hint=f"Add `{missing}`, or leave both out.",
        )


def read_media_field(
    field: str,
    kind: Kind,
    url: str | None,
    inline: str | InlineMedia | None,
    job_id: str | None = None,
    *,
    name: str | None = None,
    index: int = 0,
    where: str = "",
    longest: LengthLimit | None = None,
) -> list[Reference]:
    """Return the reference of a media field: of its `…Url`, inline or `jobId` twin; none or one.

    `name` is the plain name on the wire where it differs from `field`; `where` is what stands
    before it, such as `clips.1.`; `longest` is how long a video may be.

    Raises:
        InvalidInput: the inline bytes are not base64.
        MediaTooLarge: they are more than 10 MiB.
    """
    name = name or field
    sources: list[tuple[str, MediaSource]] = []
    if url is not None:
        sources.append((f"{where}{name}Url", UrlReference(url)))
    if inline is not None:
        sources.append((f"{where}{name}", decode_inline(inline, f"{where}{name}")))
    if job_id is not None:
        sources.append((f"{where}jobId", JobReference(job_id)))
    return [
        Reference(field=field, index=index, kind=kind, path=path, source=source, longest=longest)
        for path, source in sources
    ]


def read_media_list(
    field: str,
    kind: Kind,
    urls: Sequence[str] | None,
    inlines: Sequence[str | InlineMedia] | None,
    *,
    name: str | None = None,
    longest: LengthLimit | None = None,
) -> list[Reference]:
    """Return the references of a list field: of its `…Urls` or inline twin, in the client's order.

    `name` is the plain name on the wire where it differs from `field`; `longest` is how long each
    video may be.

    Raises:
        InvalidInput: inline bytes are not base64.
        MediaTooLarge: they are more than 10 MiB.
    """
    name = name or field
    # `name` is the plural: `images` has the twin `imageUrls`.
    sources: list[tuple[str, MediaSource]] = [
        (f"{name[:-1]}Urls.{i}", UrlReference(url)) for i, url in enumerate(urls or ())
    ]
    sources += [
        (f"{name}.{i}", decode_inline(inline, f"{name}.{i}"))
        for i, inline in enumerate(inlines or ())
    ]
    return [
        Reference(field=field, index=index, kind=kind, path=path, source=source, longest=longest)
        for index, (path, source) in enumerate(sources)
    ]


def decode_inline(inline: str | InlineMedia, path: str) -> InlineBytes:
    """Return the bytes of a data URI or of `{mimeType, data}`.

    Raises:
        InvalidInput: not standard base64.
        MediaTooLarge: more than 10 MiB.
    """
    if isinstance(inline, InlineMedia):
        mime_type, text = inline.mime_type, inline.data
    else:
        head, _, text = inline.partition(",")
        mime_type = head.removeprefix("data:").removesuffix(";base64")
    # Before decoding, so that a body of megabytes is not copied first; padding is up to 2 bytes.
    if len(text) // 4 * 3 > MOST_INLINE_BYTES + 2:
        raise MediaTooLarge(f"`{path}` is larger than 10 MiB.", field=f"{INPUT}.{path}")
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # text that is not ASCII raises it too
        data = b""
    if not data or len(text) % 4:  # strict mode lets one padding too many pass
        raise InvalidInput(
            f"`{path}` is not valid standard base64.",
            field=f"{INPUT}.{path}",
            hint="Encode the bytes in standard base64 with padding, without line breaks.",
        )
    if len(data) > MOST_INLINE_BYTES:
        raise MediaTooLarge(f"`{path}` is larger than 10 MiB.", field=f"{INPUT}.{path}")
    return InlineBytes(mime_type, data)


def replace_value_at(wire_input: InputJson, path: str, value: str) -> None:
    """Replace the value at a path of an input in wire names, such as `clips.1.videoUrl`."""
    *above, last = path.split(".")
    holder: Any = wire_input
    for name in above:
        holder = holder[int(name) if isinstance(holder, list) else name]
    holder[int(last) if isinstance(holder, list) else last] = value


def _quote_names(fields: Mapping[str, object]) -> str:
    return ", ".join(f"`{name}`" for name in fields)
