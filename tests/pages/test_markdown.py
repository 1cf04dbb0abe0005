"""Text of a model is shown as harmless Markdown."""

import pytest

from gateway.pages.studio.markdown import render_markdown


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        '<div hx-get="/logout" hx-trigger="load">x</div>',
        "<style>body{display:none}</style>",
        "<form action=/keys><button>go</button></form>",
    ],
)
def test_html_in_a_text_is_shown_as_it_is_written(text: str) -> None:
    shown = str(render_markdown(text))
    assert "<" not in shown.replace("<p>", "").replace("</p>", "")
    assert shown.count("&lt;") == text.count("<")


def test_links_show_where_they_lead_and_lead_only_outside() -> None:
    assert render_markdown("[here](https://example.com/a)") == (
        '<p><a href="https://example.com/a" rel="noopener noreferrer nofollow">here</a> '
        "(https://example.com/a)</p>\n"
    )
    for target in ("/logout", "//example.com", "javascript:alert(1)", "data:text/html,x"):
        assert "href" not in render_markdown(f"[here]({target})"), target


def test_pictures_of_other_sites_are_not_asked_for() -> None:
    assert "<img" not in render_markdown("![spy](https://example.com/a.png)")


def test_headings_of_a_text_are_none_of_the_page() -> None:
    assert render_markdown("# One\n\n- two\n") == (
        "<p><strong>One</strong></p>\n<ul>\n<li>two</li>\n</ul>\n"
    )
