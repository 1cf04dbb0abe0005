"""`key=value`, `key:=JSON`, `key@FILE`: the input of a task, typed by its schema.

`key@FOLDER` is the files of a folder, where the field is a list.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from killatamata.cli.session import refuse
from killatamata.wire import JsonObject, camel

WORD = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)(:=|=|@)(.*)", re.DOTALL)
BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read(words: Sequence[str], schema: Mapping[str, Any], source: str | None) -> JsonObject:
    """Return the input that these words and the JSON of `--input` hold; a file is a `Path`."""
    found: JsonObject = {} if source is None else whole(source)
    lists: dict[str, list[Any]] = {}
    for word in words:
        match = WORD.fullmatch(word)
        if match is None:
            refuse(f"{word}: write key=value, key:=JSON or key@FILE")
        key, sign, text = camel(match[1].replace("-", "_")), match[2], match[3]
        field = schema.get("properties", {}).get(key, {})
        value = _value(key, sign, text, field, schema)
        if "array" in _types(field, schema) and not isinstance(value, list):
            lists.setdefault(key, []).append(value)
        else:
            found[key] = value
    return found | lists


def whole(source: str) -> JsonObject:
    """Return the JSON object of a file, or of stdin for `-`."""
    text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    given = parsed(text, source)
    if not isinstance(given, dict):
        refuse(f"{source} does not contain a JSON object")
    return given


def parsed(text: str, where: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return JSON, or end with a line that says where it is not."""
    try:
        return json.loads(text)
    except ValueError as error:
        refuse(f"{where} is not JSON: {error}")


def _value(
    key: str, sign: str, text: str, field: Mapping[str, Any], schema: Mapping[str, Any]
) -> Any:  # noqa: ANN401 - any JSON value, or a Path
    if sign == ":=":
        return parsed(text, key)
    if sign == "=":
        return typed(text, _types(field, schema))
    file = Path(text).expanduser()
    if file.is_dir() and "array" in _types(field, schema):
        return _files_in(file) or refuse(f"{key}: there is no file in {file}")
    if not file.is_file():
        refuse(f"{key}: there is no file {file}")
    plural = key.endswith("s")
    twin = f"{key.removesuffix('s')}Url{'s' * plural}"
    is_media = (
        "Url" in key or twin in schema.get("properties", {}) or key not in schema["properties"]
    )
    return file if is_media else file.read_text(encoding="utf-8")


def _files_in(folder: Path) -> list[Path]:
    """Return the files of a folder by name, which for frames is their order; hidden ones not."""
    files = (file for file in folder.iterdir() if file.is_file())
    return sorted(file for file in files if not file.name.startswith("."))


def typed(text: str, types: set[str]) -> Any:  # noqa: ANN401 - a JSON value
    """Return text as the schema wants it; where it does not fit, the gateway says so."""
    if "boolean" in types and text.lower() in BOOLEANS:
        return BOOLEANS[text.lower()]
    for kind, read_as in (("integer", int), ("number", int), ("number", float)):
        if kind in types:
            try:
                return read_as(text)
            except ValueError:
                continue
    return text


def values(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    """Describe in a few words each what a field takes."""
    parts = (*field.get("anyOf", ()), *field.get("oneOf", ()))
    if "enum" in field:
        yield ", ".join(map(str, field["enum"]))
    elif parts:
        for part in parts:
            yield from values(part, schema)
    elif "$ref" in field:
        yield "object"
    elif field.get("type") not in (None, "null"):
        least, most = field.get("minimum"), field.get("maximum")
        bounds = "" if least is None and most is None else f" {_end(least)} to {_end(most)}"
        yield f"{field['type']}{bounds}"


def _end(bound: object) -> str:
    return "…" if bound is None else str(bound)


def _types(field: Mapping[str, Any], schema: Mapping[str, Any]) -> set[str]:
    """Return the JSON types that a field takes; of a list also those of its items."""
    return set(_each_type(field, schema))


def _each_type(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in field:
        target: Any = schema
        for part in field["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        yield from _each_type(target, schema)
    kind = field.get("type")
    yield from [kind] if isinstance(kind, str) else kind or []
    for part in (*field.get("anyOf", ()), *field.get("oneOf", ())):
        yield from _each_type(part, schema)
    if "items" in field:
        yield from (each for each in _each_type(field["items"], schema) if each != "object")
