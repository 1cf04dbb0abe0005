"""Hosts with many tools let their model search for them: by title and description, not by name.

Codex and Claude Code do; a tool whose words no model would think of is a tool that is not there.
"""

import re

import pytest

from mcp_server.tool_choice import is_tool_admitted
from tests.mcp_server.test_offers import OFFERS

TOOL_WORDS = {offer.name: f"{offer.title} {offer.description}" for offer in OFFERS}
SEARCHES = {
    "generate image": "image_generate_prepare",
    "edit picture": "image_edit_prepare",
    "upscale image": "image_upscale_prepare",
    "generate video": "video_generate_prepare",
    "animate picture": "video_generate_prepare",
    "extend clip": "video_extend_prepare",
    "combine clips": "video_combine_prepare",
    "film": "video_combine_prepare",
    "film steps": "plan_prepare",
    "film storyboard": "studio_storyboard_render_prepare",
    "execute plan": "plan_execute",
    "approval": "plan_get",
    "preview picture": "media_preview",
    "preview video": "media_preview",
    "quote cost": "media_quote",
    "price": "media_quote",
    "spent": "account_usage",
    "spending": "account_usage",
    "purchases": "account_purchases",
    "list plans": "plan_list",
    "asset tags": "studio_asset_get",
    "upload": "studio_asset_upload_link",
    "top up": "account_topup_link",
}


def list_stems(text: str) -> set[str]:
    """Return the words of a text without their endings, roughly as a search compares them."""
    return {re.sub(r"(ies|es|s|ing|ed|e|y)$", "", word) for word in re.findall("[a-z]+", text)}


@pytest.mark.parametrize(("search", "tool"), SEARCHES.items(), ids=SEARCHES)
def test_a_search_in_plain_words_finds_the_tool(search: str, tool: str) -> None:
    assert list_stems(search) <= list_stems(TOOL_WORDS[tool].lower())


def test_the_tools_that_are_searched_for_are_offered_at_once() -> None:
    usual = {offer.name for offer in OFFERS if is_tool_admitted(offer, ())}
    assert set(SEARCHES.values()) <= usual
