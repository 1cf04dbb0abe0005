"""Hops of a request: the gateways that it has come through, counted so that no circle stays.

A gateway whose engine is another gateway's door sends the header; a job carries its count in its
metadata, where our own engine finds it for the next hop.
"""

from collections.abc import Mapping

from gateway.kit.errors import BadRequest
from gateway.kit.wire.json_text import JsonObject
from gateway.media.nodes.server_nodes import HOPS_FIELD

HOPS_HEADER, MOST_HOPS, MOST_DIGITS = "x-killatamata-hops", 2, 3


class TooManyHops(BadRequest):
    """This request has come through too many gateways."""

    code = "too_many_hops"
    hint = "Gateways that are each other's engines make a circle: let one of them do the work."


def add_hops(headers: Mapping[str, str], body: JsonObject) -> JsonObject:
    """Return the body of a submit, with the hops of its request in the metadata if it has any.

    Raises:
        TooManyHops: there are three of them or more, or the header is no number.
    """
    hops = check_hops(headers)
    if hops is None:
        return body
    return {**body, "metadata": {**(body.get("metadata") or {}), HOPS_FIELD: str(hops)}}


def check_hops(headers: Mapping[str, str]) -> int | None:
    """Return how many gateways a request has come through; None if it does not say.

    Raises:
        TooManyHops: three of them or more, or the header is no number.
    """
    text = headers.get(HOPS_HEADER)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS or int(text) > MOST_HOPS:
        raise TooManyHops
    return int(text)
