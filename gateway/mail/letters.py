"""The letter, the layout of our mails: a few lines, with at most one highlight and one link."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.mail.base import Mail

LETTER_TEMPLATE = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
).get_template("letter.html")


def build_letter(
    *, to: str, subject: str, lines: Sequence[str], highlight: str = "", link: str = ""
) -> Mail:
    """Return a mail of these lines; `highlight` (a code, an amount) and `link` follow the first."""
    first, *rest = lines
    text = "\n\n".join([first, *[part for part in (highlight, link) if part], *rest])
    html = LETTER_TEMPLATE.render(
        subject=subject, first=first, highlight=highlight, link=link, rest=rest
    )
    return Mail(to=to, subject=subject, text=f"{text}\n", html=html)
