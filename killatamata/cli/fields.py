"""Input words of a task, typed by its schema: `key=value`, `key:=JSON`, `key@FILE`.

`key@-` is what stands on stdin, `key@FOLDER` the files of a folder, where the field is a list.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from killatamata.cli.session import exit_with_message
from killatamata.cli.task_schema import collect_types, is_media_field
from killatamata.cli.terminal import STDIN
from killatamata.wire import JsonObject, to_wire_name

EMPTY_STDIN = "- is standard input, and there is nothing in it; it can be read only once."
INPUT_WORD = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)(:=|=|@)(.*)", re.DOTALL)
BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_input(words: Sequence[str], schema: Mapping[str, Any], source: str | None) -> JsonObject:
    """Read the input from words and the JSON of `--input`; media become a `Path` or bytes."""
    task_input: JsonObject = {} if source is None else read_json_object(source)
    lists: dict[str, list[Any]] = {}
    for word in words:
        match = INPUT_WORD.fullmatch(word)
        if match is None:
            exit_with_message(f"{word}: write key=value, key:=JSON or key@FILE")
        key, sign, text = to_wire_name(match[1].replace("-", "_")), match[2], match[3]
        field = schema.get("properties", {}).get(key, {})
        value = _read_value(key, sign, text, field, schema)
        if "array" in collect_types(field, schema) and not isinstance(value, list):
            lists.setdefault(key, []).append(value)
        else:
            task_input[key] = value
    return task_input | lists


def read_json_object(source: str) -> JsonObject:
    """Read the JSON object of a file, or of stdin for `-`; else end the command."""
    text = read_text(source)
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
        return to_schema_type(text, collect_types(field, schema))
    takes_media = is_media_field(key, schema)
    if text == STDIN:
        data = read_stdin()
        return data if takes_media else data.decode()
    file = Path(text).expanduser()
    if file.is_dir() and "array" in collect_types(field, schema):
        return _list_files(file) or exit_with_message(f"{key}: there is no file in {file}")
    if not file.is_file():
        exit_with_message(f"{key}: there is no file {file}")
    return file if takes_media else file.read_text(encoding="utf-8")


def read_stdin() -> bytes:
    """Read stdin to its end, or end the command if it is a terminal or empty."""
    if sys.stdin.isatty():
        exit_with_message("- is standard input: send a file into it, by < FILE or a pipe.")
    return sys.stdin.buffer.read() or exit_with_message(EMPTY_STDIN)


def read_text(source: str) -> str:
    """Read the text of a file, or of stdin for `-`."""
    return read_stdin().decode() if source == STDIN else Path(source).read_text(encoding="utf-8")


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
