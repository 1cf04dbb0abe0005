"""JSON as we write it, to rows and to the wire."""

from pydantic_core import to_json


def write_json(value: object) -> str:
    """Return JSON without white space; models have their wire names, without what is `MISSING`."""
    return to_json(value).decode()
