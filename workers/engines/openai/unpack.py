"""The child that unpacks a large answer: `python -I -m workers.engines.openai.unpack`.

An answer holds pictures or a clip as base64 inside of JSON, up to hundreds of MB: it is parsed
where only this process can die of it. Spec: `{source, folder, ending}`. At last one line `{done:
{files: [{name} | {url}], body}}`, where `body` is what else the answer says, cut short.
"""

import json
from base64 import b64decode
from binascii import Error as Base64Error
from pathlib import Path
from typing import TypeAlias, TypedDict

from workers.processes.confinement import UnreadableError, emit_line, run_child

MOST_FILES, MOST_DEPTH, MOST_ITEMS, MOST_CHARACTERS = 16, 5, 32, 500
ADDRESS_SPACE_BYTES = 4 * 2**30
Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


class UnpackForm(TypedDict):
    """The spec of the child; paths are text, `ending` is that of the files, with its dot."""

    source: str
    folder: str
    ending: str


class UnpackedFile(TypedDict, total=False):
    """A file of the answer: written under `name` in the folder, or at the server's `url`."""

    name: str
    url: str


class UnpackedAnswer(TypedDict):
    """The files of an answer in order, and what else it says."""

    files: list[UnpackedFile]
    body: dict[str, Json]


def _main(spec: UnpackForm) -> None:
    try:
        body: Json = json.loads(Path(spec["source"]).read_bytes())
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"the answer is no JSON: {error}") from None
    if not isinstance(body, dict):
        raise UnreadableError("the answer is no object")
    items = body.pop("data", None)
    if not isinstance(items, list) or not items:
        raise UnreadableError("the answer has no data")
    if len(items) > MOST_FILES:
        raise UnreadableError(f"the answer has {len(items)} files")
    folder, ending = Path(spec["folder"]), spec["ending"]
    files = [_unpack_file(item, folder / f"{at}{ending}") for at, item in enumerate(items)]
    short = _shorten(body)
    emit_line({"done": UnpackedAnswer(files=files, body=short if isinstance(short, dict) else {})})


def _unpack_file(item: Json, target: Path) -> UnpackedFile:
    coded = item.get("b64_json") if isinstance(item, dict) else None
    if isinstance(coded, str) and coded:
        try:
            target.write_bytes(b64decode(coded.partition(",")[2] or coded, validate=True))
        except Base64Error as error:
            raise UnreadableError(f"a file is no base64: {error}") from None
        return {"name": target.name}
    url = item.get("url") if isinstance(item, dict) else None
    if not isinstance(url, str) or not url:
        raise UnreadableError("a file has neither base64 nor an address")
    return {"url": url}


def _shorten(value: Json, depth: int = 0) -> Json:
    """Return a value without long texts, long lists and deep objects."""
    if isinstance(value, str):
        return value[:MOST_CHARACTERS]
    if isinstance(value, dict | list) and depth >= MOST_DEPTH:
        return None
    if isinstance(value, dict):
        named = [*value.items()][:MOST_ITEMS]
        return {name[:MOST_CHARACTERS]: _shorten(item, depth + 1) for name, item in named}
    if isinstance(value, list):
        return [_shorten(item, depth + 1) for item in value[:MOST_ITEMS]]
    return value


if __name__ == "__main__":
    run_child(_main, address_space=ADDRESS_SPACE_BYTES)
