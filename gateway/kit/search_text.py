"""Search text: words folded so that case and accents do not matter, and how they are matched.

A row keeps the folded text in a column of its own. Folding in SQL would differ between the two
databases: SQLite knows only the case of ASCII letters.
"""

import unicodedata
from collections.abc import Iterable

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

MOST_WORDS = 12
DOTLESS_I = {0x131: "i"}  # its capital is I, which is folded to i


def fold_text(*texts: str) -> str:
    """Return texts as one line without case and accents: `Élan` and `ELAN` become `elan`."""
    joined = " ".join(texts)
    if joined.isascii():
        return " ".join(joined.lower().split())
    # Decomposing can bring capitals back (`℡` becomes `TEL`), so the case is folded twice.
    decomposed = unicodedata.normalize("NFKD", joined.casefold())
    bare = "".join(each for each in decomposed if not unicodedata.combining(each))
    return " ".join(bare.casefold().translate(DOTLESS_I).split())


def split_words(query: str) -> list[str]:
    """Return the folded words of a query, each of which a result must contain."""
    return list(dict.fromkeys(fold_text(query).split()))[:MOST_WORDS]


def match_words(
    column: InstrumentedAttribute[str | None], words: Iterable[str]
) -> list[ColumnElement[bool]]:
    """Return a condition for each word: the column contains it; `%` and `_` mean themselves."""
    return [column.contains(word, autoescape=True) for word in words]
