"""Threads as pages show them, derived from the wire form."""

from collections.abc import Sequence
from typing import TypedDict

from gateway.library.kinds import VISUAL_KINDS
from gateway.pages.answers import (
    AssetAnswer,
    BlockAnswer,
    MessageAnswer,
    MessageFields,
    RequestAnswer,
    SnapshotAnswer,
    WireAnswer,
)
from gateway.pages.money_words import format_money
from gateway.pages.studio.markdown import render_markdown
from gateway.studio.agent.states import OPEN_REQUEST_STATES, RequestState

# Requests in other states state themselves that they cost nothing.
CHARGED_STATES = frozenset({RequestState.SUCCEEDED, RequestState.CANCELED})
ROLE_WORDS = {"user": "You", "agent": "Agent", "event": "Note"}
MOST_OFFERED = 24


class ShownBlock(BlockAnswer):
    """A part of a message; `html` is None unless the agent wrote it as text."""

    html: str | None


class ShownMessage(MessageFields):
    """A message with its author and its cost."""

    who: str
    cost: str
    blocks: list[ShownBlock]


class MessageBox(TypedDict):
    """The values around the form of a message: limit, balance, files to attach."""

    agent: WireAnswer
    archived: bool
    limit: int
    limit_usd: str
    available: int
    short: bool
    names: dict[str, str]
    pictured: set[str]
    offered: list[AssetAnswer]


def list_open_requests(
    requests: Sequence[RequestAnswer], thread_messages: Sequence[MessageAnswer]
) -> list[RequestAnswer]:
    """List the open requests that have no message yet, the oldest first."""
    return [
        request
        for request in requests[::-1]
        if request["status"] in OPEN_REQUEST_STATES
        and not any(is_answer_to(message, request["requestId"]) for message in thread_messages)
    ]


def is_answer_to(message: MessageFields, request_id: str) -> bool:
    """Return True if a message is the answer to a request."""
    return bool(message["requestId"] == request_id and message["role"] != "user")


def to_shown_messages(
    thread_messages: Sequence[MessageAnswer], requests: Sequence[RequestAnswer]
) -> list[ShownMessage]:
    """Add to messages their author, the cost of an answer, and the HTML of its text."""
    paying = (each for each in requests if each["status"] in CHARGED_STATES)
    costs = {each["requestId"]: format_cost(each) for each in paying}
    return [
        {
            **message,
            "who": ROLE_WORDS[message["role"]],
            "cost": "" if message["role"] == "user" else costs.get(message["requestId"] or "", ""),
            "blocks": [_to_shown_block(block, message["role"]) for block in message["blocks"]],
        }
        for message in thread_messages
    ]


def format_cost(request: RequestAnswer) -> str:
    """Format the cost of a request that has ended."""
    charged = request["billing"]["chargedMicrousd"]
    return f"{format_money(charged)} charged" if charged else "nothing charged"


def _to_shown_block(block: BlockAnswer, role: str) -> ShownBlock:
    if block["type"] != "text":
        return {**block, "html": None}
    written = role == "agent"
    return {**block, "html": render_markdown(block["markdown"]) if written else None}


def build_message_box(studio: SnapshotAnswer, project_id: str) -> MessageBox:
    """Build the values around the form of a message in a project."""
    matching = (each for each in studio["projects"] if each["projectId"] == project_id)
    limit = studio["settings"]["agent"]["maxPriceMicrousd"]
    return {
        "agent": studio["agent"],
        "archived": next((each["archived"] for each in matching), False),
        "limit": limit,
        "limit_usd": studio["settings"]["agent"]["maxPriceUsd"],
        "available": studio["balance"]["availableMicrousd"],
        "short": studio["balance"]["availableMicrousd"] < limit,
        "names": {each["assetId"]: each["name"] for each in studio["assets"]},
        "pictured": {each["assetId"] for each in studio["assets"] if each["kind"] in VISUAL_KINDS},
        "offered": [each for each in studio["assets"] if not each["archived"]][:MOST_OFFERED],
    }
