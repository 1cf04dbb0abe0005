"""Previews of an output, an asset and a job in a notebook: small ones, which it keeps.

The bytes of the preview are in the notebook. No address is: it is signed, so whoever has it may
fetch the file.
"""

import base64
import sys
from collections.abc import Mapping
from html import escape
from time import monotonic
from typing import Any

from killatamata.output_reads import describe_file, read_small
from killatamata.pictures import shrink_picture

PREVIEW_SIDE = 512
SHOWN_OUTPUTS = 4
SECONDS = 4.0
MOST_PICTURE_BYTES, MOST_CLIP_BYTES = 4 * 2**20, 2 * 2**20
WEBP, MP4 = "image/webp", "video/mp4"


def find_shell() -> Any | None:  # noqa: ANN401 - a shell of IPython
    """Return the shell of IPython that this runs in, if it runs in one."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def is_terminal_prompt() -> bool:
    """Return True at a prompt of IPython in a terminal: it asks for previews, and shows text."""
    shell = find_shell()
    return shell is not None and not hasattr(shell, "kernel")


def show_file(media: Any) -> Mapping[str, object]:  # noqa: ANN401 - an output, a result or an asset
    """Return a file for a notebook: as a picture where it can be, else as HTML, and as text."""
    until, text = monotonic() + SECONDS, repr(media)
    if is_terminal_prompt():
        return {"text/plain": text}
    if media.kind == "image":
        picture = _read_picture(media, until)
        # A notebook that is not trusted yet shows a picture, but not the picture of an HTML.
        small = picture and shrink_picture(picture[1], PREVIEW_SIDE)
        if small:
            return {small[0]: base64.b64encode(small[1]).decode(), "text/plain": text}
    html = _render_file(media, until)
    return {"text/plain": text} | ({"text/html": html} if html else {})


def show_job(job: Any) -> Mapping[str, object]:  # noqa: ANN401 - a job
    """Return a job for a notebook: the first of its outputs."""
    if is_terminal_prompt():
        return {"text/plain": repr(job)}
    if len(job.outputs) == 1:
        return {**show_file(job.outputs[0]), "text/plain": repr(job)}
    until = monotonic() + SECONDS
    shown = [_render_file(each, until) for each in job.outputs[:SHOWN_OUTPUTS]]
    parts = [each for each in shown if each]
    if not parts:
        return {"text/plain": repr(job)}
    left = len(job.outputs) - len(parts)
    more = f"<div>and {left} more</div>" if left else ""
    html = f'<div style="display:flex;flex-wrap:wrap;gap:8px">{"".join(parts)}</div>{more}'
    return {"text/plain": repr(job), "text/html": html}


def _render_file(media: Any, until: float) -> str | None:  # noqa: ANN401 - as above
    """Render a file with its bytes inside, or return None if they cannot be had in time."""
    if media.kind == "audio":
        url, mime_type, tag = describe_file(media).url, media.mime_type, "audio"
    elif media.kind == "video":
        url, mime_type, tag = media.preview_clip_url, MP4, "video"
    else:
        url, mime_type, tag = None, "", ""
    data = read_small(url, MOST_CLIP_BYTES, until) if url else None
    if data is not None:
        extra = "" if tag == "audio" else ' loop muted style="max-width:512px"'
        source = _to_data_uri(mime_type, data)
        return f'<{tag} controls{extra} src="{source}"></{tag}>'
    picture = _read_picture(media, until)
    if picture is None:
        return None
    alt = escape(describe_file(media).name, quote=True)
    source = _to_data_uri(*picture)
    return f'<img alt="{alt}" style="max-width:512px" src="{source}">'


def _read_picture(media: Any, until: float) -> tuple[str, bytes] | None:  # noqa: ANN401 - as above
    """Return a still picture of a file and its media type: its preview, else itself or its poster.

    A preview that is made after the file may be missing still.
    """
    sides = sorted(map(int, media.preview_urls))
    side = max((each for each in sides if each <= PREVIEW_SIDE), default=None)
    choices = [(WEBP, media.preview_urls[str(side)])] if side is not None else []
    if media.kind == "image":
        choices.append((media.mime_type, describe_file(media).url))
    else:
        choices.append(("image/jpeg", getattr(media, "poster_url", None)))
    for mime_type, url in choices:
        data = read_small(url, MOST_PICTURE_BYTES, until) if url else None
        if data is not None:
            return mime_type, data
    return None


def _to_data_uri(mime_type: str, data: bytes) -> str:
    encoded = base64.b64encode(data).decode()
    return f"data:{escape(mime_type, quote=True)};base64,{encoded}"
