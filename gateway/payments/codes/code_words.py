"""The words of credit codes: generated or chosen, their normal form and its hash.

Pure but for the random bits. A generated code has 80 of them in Crockford's alphabet, which lacks
I, L, O and U; its label shows 20, so a reader of the database would have to guess 60.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from gateway.kit.ids import ALPHABET, Ids

GROUPS, GROUP_CHARACTERS = 4, 4
RANDOM_BYTES = GROUPS * GROUP_CHARACTERS * 5 // 8
CHOSEN_WORD = re.compile(r"[A-Z0-9](?:[A-Z0-9-]*[A-Z0-9])?")
LEAST_CHARACTERS, MOST_CHARACTERS = 6, 40
LOOKALIKES = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class CodeWords:
    """A new code: the text to give away, the label that stays visible, and the stored hash."""

    text: str
    label: str
    code_hash: bytes


def generate_words(ids: Ids) -> CodeWords:
    """Return a random code such as `7K3M-09QX-TB4Z-V8RD`; only its first group is its label."""
    number, characters = int.from_bytes(ids.bytes(RANDOM_BYTES), "big"), ""
    for _ in range(GROUPS * GROUP_CHARACTERS):
        number, digit = divmod(number, len(ALPHABET))
        characters += ALPHABET[digit]
    groups = re.findall(f".{{{GROUP_CHARACTERS}}}", characters)
    text = "-".join(groups)
    return CodeWords(text, f"{groups[0]}-…", hash_code(text))


def choose_words(word: str) -> CodeWords:
    """Return the code of a chosen word, in upper case; its label is the whole word.

    Raises:
        ValueError: it is too short or too long, or has other characters than letters and digits.
    """
    text = word.strip().upper()
    if CHOSEN_WORD.fullmatch(text) is None or not (
        LEAST_CHARACTERS <= len(normalize_code(text)) <= MOST_CHARACTERS
    ):
        raise ValueError(
            f"a chosen code has {LEAST_CHARACTERS} to {MOST_CHARACTERS} letters and digits, and"
            " hyphens between them"
        )
    return CodeWords(text, text, hash_code(text))


def normalize_code(typed: str) -> str:
    """Return a typed code in upper case with only letters and digits; O is 0, I and L are 1."""
    text = unicodedata.normalize("NFKC", typed).upper()
    return "".join(each for each in text if each.isalnum()).translate(LOOKALIKES)


def hash_code(typed: str) -> bytes:
    """Return the hash by which a code is found; a fast one, for a generated code is random."""
    return hashlib.sha256(f"credit code:{normalize_code(typed)}".encode()).digest()
