"""Checks of a tool call's arguments, as far as a URL or a header is made of them.

REST checks the body of its call itself, and its refusals say more. But a URL or a header that is
too long, or holds the wrong bytes, does not even leave the HTTP client, so only this module can
tell the model what is wrong.
"""

import re

from mcp_server.json_types import Arguments
from mcp_server.rest.offers import ARGUMENT_HEADERS, SERVER_ARGUMENTS, ToolOffer
from mcp_server.results import Refusal, build_refusal
from mcp_server.tools.waits import MAX_WAIT_SECONDS

MAX_CHARACTERS = 512  # no id, cursor or key has half of them; percent-encoded they fit a URL
INT64 = range(-(2**63), 2**63)  # `str` raises for an integer of more than 4,300 digits
VISIBLE_ASCII = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f]")
COPY_HINT = "Copy it whole from an earlier answer."
TYPE_NAMES = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


def drop_null_server_arguments(arguments: Arguments) -> Arguments:
    """Return the arguments without the server's own that are null, as if they were left out."""
    return {
        name: value
        for name, value in arguments.items()
        if value is not None or name not in SERVER_ARGUMENTS
    }


def check_arguments(offer: ToolOffer, arguments: Arguments) -> None:
    """Refuse unknown and missing arguments, and those that fit into no URL or header.

    Raises:
        Refusal: an argument is unknown, missing, of another type, or too long.
    """
    known = offer.parameters["properties"]
    hint = f"Arguments: {', '.join(known)}."
    for name in arguments:
        if name not in known:
            raise _build_invalid_input(name, f"This tool has no argument {name[:100]!r}.", hint)
    for name in offer.parameters.get("required", ()):
        if arguments.get(name) is None:
            raise _build_invalid_input(name, f"The argument {name!r} is missing.", hint)
    for name, value in arguments.items():
        if value is None:
            continue
        if name in ARGUMENT_HEADERS:
            _check_header(name, value)
        elif name in offer.query_arguments:
            _check_query_argument(name, value, known[name].get("type", "string"))
    if "waitSeconds" in arguments:
        _check_wait_seconds(arguments["waitSeconds"])


def _check_header(name: str, value: object) -> None:
    """Check the value of a header: only visible ASCII passes every proxy unchanged.

    Raises:
        Refusal: the value is no such text.
    """
    if not isinstance(value, str):
        raise _build_invalid_input(name, f"{name} must be {TYPE_NAMES['string']}.", COPY_HINT)
    _check_length(name, value)
    if VISIBLE_ASCII.fullmatch(value) is None:
        raise _build_invalid_input(
            name, f"{name} must consist of visible ASCII characters.", COPY_HINT
        )


def _check_query_argument(name: str, value: object, kind: str) -> None:
    """Check a parameter of a URL; numbers may also come as text.

    Raises:
        Refusal: the value is of another type, too long, or holds control characters.
    """
    if isinstance(value, str):
        _check_length(name, value)
        # Half a surrogate pair cannot be encoded as UTF-8, so no URL can hold it.
        if CONTROL_CHARACTER.search(value) or any(
            "\ud800" <= letter <= "\udfff" for letter in value
        ):
            raise _build_invalid_input(name, f"{name} contains a control character.", COPY_HINT)
        return
    if isinstance(value, bool):
        fits = kind == "boolean"
    elif isinstance(value, int | float):
        fits = kind in {"integer", "number"} and INT64.start <= value < INT64.stop
    else:
        fits = False
    if not fits:
        type_name = TYPE_NAMES.get(kind, TYPE_NAMES["string"])
        raise _build_invalid_input(
            name, f"{name} must be {type_name}.", f"Send {name} as {type_name}."
        )


def _check_length(name: str, value: str) -> None:
    if len(value) > MAX_CHARACTERS:
        message = f"{name} may have at most {MAX_CHARACTERS} characters; it has {len(value)}."
        raise _build_invalid_input(name, message, COPY_HINT)


def _check_wait_seconds(seconds: object) -> None:
    """Check the seconds to wait before the REST call is made, which may already spend.

    Raises:
        Refusal: the value is not a number of seconds in the allowed range.
    """
    hint = "Arguments: waitSeconds."
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise _build_invalid_input("waitSeconds", "waitSeconds must be a number.", hint)
    if not 0 <= seconds <= MAX_WAIT_SECONDS:
        raise _build_invalid_input(
            "waitSeconds", f"waitSeconds must be 0 to {MAX_WAIT_SECONDS}.", hint
        )


def _build_invalid_input(name: str, message: str, hint: str) -> Refusal:
    return build_refusal("invalid_input", message, hint, field=name[:MAX_CHARACTERS])
