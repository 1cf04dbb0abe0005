"""Markdown that a model wrote, as harmless HTML: no markup, no pictures, no local links.

The parser escapes HTML, and the allow-list cleans again whatever it renders: either one alone
would have to be without an error.
"""

from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "hr", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
PARSER.disable("image")
CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
)


def render_markdown(text: str) -> Markup:
    """Render a text as HTML; HTML inside it is shown as text."""
    return Markup(CLEANER.clean(PARSER.render(text)))  # noqa: S704 - cleaned by an allow-list


def _render_heading(_: RendererHTML, tokens: Sequence[Token], at: int, *_more: object) -> str:
    """Render a heading as a strong line: it must not join the outline of the page."""
    return "<p><strong>" if tokens[at].nesting == 1 else "</strong></p>\n"


def _render_link_end(_: RendererHTML, tokens: Sequence[Token], at: int, *_more: object) -> str:
    """Append the target of a link to its words, unless they are the same: words can lie."""
    begin = next(each for each in range(at - 1, -1, -1) if tokens[each].type == "link_open")
    words = "".join(each.content for each in tokens[begin:at])
    target = str(tokens[begin].attrs["href"])
    return "</a>" if words == target else f"</a> ({nh3.clean_text(target)})"


PARSER.add_render_rule("heading_open", _render_heading)
PARSER.add_render_rule("heading_close", _render_heading)
PARSER.add_render_rule("link_close", _render_link_end)
