"""Input words of a task, typed by its schema: `key=value`, `key:=JSON`, `key@FILE`.

`key@FOLDER` is the files of a folder, where the field is a list.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from killatamata.cli.session import exit_with_message
from killatamata.wire import JsonObject, to_wire_name

INPUT_WORD = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)(:=|=|@)(.*)", re.DOTALL)
BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_input(words: Sequence[str], schema: Mapping[str, Any], source: str | None) -> JsonObject:
    """Read the input from words and the JSON of `--input`; a media file stays a `Path`."""
    task_input: JsonObject = {} if source is None else read_json_object(source)
    lists: dict[str, list[Any]] = {}
    for word in words:
        match = INPUT_WORD.fullmatch(word)
        if match is None:
            exit_with_message(f"{word}: write key=value, key:=JSON or key@FILE")
        key, sign, text = to_wire_name(match[1].replace("-", "_")), match[2], match[3]
        field = schema.get("properties", {}).get(key, {})
        value = _read_value(key, sign, text, field, schema)
        if "array" in _collect_types(field, schema) and not isinstance(value, list):
            lists.setdefault(key, []).append(value)
        else:
            task_input[key] = value
    return task_input | lists


def read_json_object(source: str) -> JsonObject:
    """Read the JSON object of a file, or of stdin for `-`; else end the command."""
    text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    content = parse_json(text, source)
    if not isinstance(content, dict):
        exit_with_message(f"{source} does not contain a JSON object")
    return content


def parse_json(text: str, where: str) -> Any:  # noqa: ANN401 - any JSON value
    """Parse JSON, or end the command with a line that names its source."""
    try:
        return json.loads(text)
    except ValueError as error:
        exit_with_message(f"{where} is not JSON: {error}")


def _read_value(
    key: str, sign: str, text: str, field: Mapping[str, Any], schema: Mapping[str, Any]
) -> Any:  # noqa: ANN401 - any JSON value, or a Path
    if sign == ":=":
        return parse_json(text, key)
    if sign == "=":
        return to_schema_type(text, _collect_types(field, schema))
    file = Path(text).expanduser()
    if file.is_dir() and "array" in _collect_types(field, schema):
        return _list_files(file) or exit_with_message(f"{key}: there is no file in {file}")
    if not file.is_file():
        exit_with_message(f"{key}: there is no file {file}")
    # A media field has a twin with `Url` in its schema; any other field takes the text of the file.
    plural = key.endswith("s")
    twin = f"{key.removesuffix('s')}Url{'s' * plural}"
    is_media = (
        "Url" in key or twin in schema.get("properties", {}) or key not in schema["properties"]
    )
    return file if is_media else file.read_text(encoding="utf-8")


def _list_files(folder: Path) -> list[Path]:
    """List the files of a folder by name, the order of frames, without hidden ones."""
    files = (file for file in folder.iterdir() if file.is_file())
    return sorted(file for file in files if not file.name.startswith("."))


def to_schema_type(text: str, types: set[str]) -> Any:  # noqa: ANN401 - a JSON value
    """Convert text to the first of the types that it fits, else leave it to the gateway."""
    if "boolean" in types and text.lower() in BOOLEANS:
        return BOOLEANS[text.lower()]
    for kind, read_as in (("integer", int), ("number", int), ("number", float)):
        if kind in types:
            try:
                return read_as(text)
            except ValueError:
                continue
    return text


def describe_values(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield a few words for each kind of value that a field takes."""
    parts = (*field.get("anyOf", ()), *field.get("oneOf", ()))
    if "enum" in field:
        yield ", ".join(map(str, field["enum"]))
    elif parts:
        for part in parts:
            yield from describe_values(part, schema)
    elif "$ref" in field:
        yield "object"
    elif field.get("type") not in (None, "null"):
        least, most = field.get("minimum"), field.get("maximum")
        bounds = (
            "" if least is None and most is None else f" {_to_bound(least)} to {_to_bound(most)}"
        )
        yield f"{field['type']}{bounds}"


def _to_bound(bound: object) -> str:
    return "…" if bound is None else str(bound)


def _collect_types(field: Mapping[str, Any], schema: Mapping[str, Any]) -> set[str]:
    """Collect the JSON types that a field takes, of a list also those of its items."""
    return set(_walk_types(field, schema))


def _walk_types(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in field:
        target: Any = schema
        for part in field["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        yield from _walk_types(target, schema)
    kind = field.get("type")
    yield from [kind] if isinstance(kind, str) else kind or []
    for part in (*field.get("anyOf", ()), *field.get("oneOf", ())):
        yield from _walk_types(part, schema)
    if "items" in field:
        yield from (each for each in _walk_types(field["items"], schema) if each != "object")
