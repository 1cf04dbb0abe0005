"""The name that a client meant: a misspelling is corrected, a word of another meaning never.

An agent follows a hint without asking. So a suggestion must not change what is bought: it is the
same name by another spelling. Names that resemble each other and mean different things
(`lastFrameImage`, `startFrameImage`) get the list of known names instead.
"""

from collections.abc import Sequence

NAME_LENGTH = 64
# A long name has room for two slips; in a short one the second slip makes another word.
ONE_SLIP, TWO_SLIPS = 3, 8


def nearest_name(name: str, known: Sequence[str]) -> str | None:
    """Return the known name of which this is a misspelling; case and separators do not count.

    None if two are equally near. Digits are never corrected: 4:3 is no slip for 4:5.
    """
    typed = _plain(name[:NAME_LENGTH])
    if not any(letter.isalpha() for letter in typed):
        return None
    found = [
        (slips, candidate)
        for candidate in known
        if (slips := _count_slips(typed, _plain(candidate))) is not None
    ]
    least = min((slips for slips, _ in found), default=0)
    nearest = [candidate for slips, candidate in found if slips == least]
    return nearest[0] if len(nearest) == 1 else None


def did_you_mean(name: str, known: Sequence[str], *, otherwise: str) -> str:
    """Return a hint with the name that was misspelt, or with all of them after `otherwise`."""
    near = nearest_name(name, known)
    if near is not None:
        return f"Did you mean `{near}`?"
    return f"{otherwise}: {', '.join(f'`{candidate}`' for candidate in known)}."


def find_hint(name: str, hints: dict[str, str]) -> str | None:
    """Return the hint for a name by another spelling of it."""
    typed = _plain(name[:NAME_LENGTH])
    return next((hint for known, hint in hints.items() if _plain(known) == typed), None)


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _count_slips(typed: str, meant: str) -> int | None:
    """Return how many letters were left out, added, changed or swapped; None if too many."""
    shorter = min(len(typed), len(meant))
    allowed = (shorter >= ONE_SLIP) + (shorter >= TWO_SLIPS)
    if abs(len(typed) - len(meant)) > allowed or _digits(typed) != _digits(meant):
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


def _digits(text: str) -> list[str]:
    return [letter for letter in text if letter.isdigit()]
