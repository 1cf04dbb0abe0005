"""Words of the wire in texts: found where a person reads them, and set as code in the reference."""

import re
from typing import Final

from markupsafe import Markup, escape

CODE_SPAN = re.compile(r"`([^`]+)`")
# camelCase, snake_case, a task, a setting, an id, an address of ours.
WIRE_WORD = re.compile(
    r"\b(?:asset|job|film|step)://[\w/…-]*|\b[a-z]{2,8}_[0-9A-Z]{26}\b|\bKT_[A-Z_]+"
    r"|\b(?:image|video|audio)\.[a-z]+\b|\b(?!kB\b)[a-z]+[A-Z]\w*|\b[a-z]+(?:_[a-z0-9]+)+\b"
)
FOR_PROGRAMS = re.compile(
    r"\b(?:GET|POST|PUT|PATCH|DELETE) /|`|[Ii]dempotency key|Retry-After|If-Match|\bX-[A-Z]"
)
REFERENCE = re.compile(
    r"`?\b(?:(?P<scheme>asset|job|film|step)://[\w/]+|(?P<prefix>[a-z]{2,8})_[0-9A-Z]{26})\b`?"
)
NOUNS: Final = {
    "acct": "the account",
    "asset": "the file",
    "ast": "the file",
    "chk": "the checkout",
    "film": "the film",
    "flm": "the film",
    "job": "the job",
    "key": "the key",
    "plan": "the plan",
    "proj": "the project",
    "req": "the message",
    "shr": "the share",
    "step": "the step",
    "thr": "the thread",
}


def speaks_to_programs(text: str) -> bool:
    """Return True if only a program can follow this text."""
    return (WIRE_WORD.search(text) or FOR_PROGRAMS.search(text)) is not None


def replace_references(text: str) -> str:
    """Replace ids and addresses of ours by what they name; the first letter stays a large one."""

    def name_thing(found: re.Match[str]) -> str:
        scheme = "result" if found["scheme"] == "job" else found["scheme"]
        noun = NOUNS.get(found["prefix"] or scheme, f"the {scheme}" if scheme else "it")
        return noun.capitalize() if found.start() == 0 else noun

    return REFERENCE.sub(name_thing, text)


def render_code_spans(text: str) -> Markup:
    """Render text with its backticked words as code; everything is escaped."""
    return Markup(CODE_SPAN.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def render_wire_words(text: str) -> Markup:
    """Render text of the reference: words of the wire are code, with backticks or without."""
    rendered = str(render_code_spans(text)).split("<code>")
    parts = [WIRE_WORD.sub(r"<code>\g<0></code>", rendered[0])]
    for part in rendered[1:]:
        code, _, plain = part.partition("</code>")
        parts.append(f"<code>{code}</code>" + WIRE_WORD.sub(r"<code>\g<0></code>", plain))
    return Markup("".join(parts))  # noqa: S704 - escaped before
