"""Misspelt names: the hint names what the client meant, and never a word of another meaning.

An agent follows a hint without asking, so a suggestion must not change what is bought: it is the
same name in another spelling. For a name that resembles another of different meaning
(`lastFrameImage`, `startFrameImage`), the hint lists all known names instead.
"""

from collections.abc import Sequence

MAX_NAME_CHARACTERS = 64
# From this many letters on: in a shorter name a slip, or a second one, makes another word.
ONE_SLIP_CHARACTERS, TWO_SLIPS_CHARACTERS = 3, 8


def find_nearest_name(name: str, known: Sequence[str]) -> str | None:
    """Return the known name of which this is a misspelling; case and separators do not count.

    None if there is none, or two are equally near. Digits are never corrected: 4:3 is no misspelt
    4:5.
    """
    typed = _normalize_name(name[:MAX_NAME_CHARACTERS])
    if not any(letter.isalpha() for letter in typed):
        return None
    candidates = [
        (slips, candidate)
        for candidate in known
        if (slips := _count_slips(typed, _normalize_name(candidate))) is not None
    ]
    fewest = min((slips for slips, _ in candidates), default=0)
    nearest = [candidate for slips, candidate in candidates if slips == fewest]
    return nearest[0] if len(nearest) == 1 else None


def build_suggestion(name: str, known: Sequence[str], *, otherwise: str) -> str:
    """Return a hint with the name that was meant, or with all known names after `otherwise`."""
    near = find_nearest_name(name, known)
    if near is not None:
        return f"Did you mean `{near}`?"
    return f"{otherwise}: {', '.join(f'`{candidate}`' for candidate in known)}."


def find_hint(name: str, hints: dict[str, str]) -> str | None:
    """Return the hint for a name; `hints` may have it in another spelling."""
    typed = _normalize_name(name[:MAX_NAME_CHARACTERS])
    return next((hint for known, hint in hints.items() if _normalize_name(known) == typed), None)


def _normalize_name(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _count_slips(typed: str, meant: str) -> int | None:
    """Count the letters that were left out, added, changed or swapped; None if too many."""
    shorter = min(len(typed), len(meant))
    allowed = (shorter >= ONE_SLIP_CHARACTERS) + (shorter >= TWO_SLIPS_CHARACTERS)
    if abs(len(typed) - len(meant)) > allowed or _list_digits(typed) != _list_digits(meant):
        return None
    # The edit distance with swaps (optimal string alignment), row by row.
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for i, letter in enumerate(typed, 1):
        last, row = row, [i]
        for j, other in enumerate(meant, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and typed[i - 2 : i] == meant[j - 1] + meant[j - 2]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = last
    return row[-1] if row[-1] <= allowed else None


def _list_digits(text: str) -> list[str]:
    return [letter for letter in text if letter.isdigit()]
