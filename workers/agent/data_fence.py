"""The fence around data for the model: a nonce that only one request knows.

Names, documents and results were written by others, and may try to give orders or to close a fence
and go on outside it. They cannot guess the nonce, and it is removed from their text.
"""

import json
from dataclasses import dataclass

from gateway.kit.wire.json_text import write_json

BYTES_A_TOKEN = 3  # errs on the side of counting too many
CUT_NOTE = "\n[cut here: too long]"


@dataclass(frozen=True, slots=True)
class DataFence:
    """The fence of one request, by its nonce."""

    nonce: str

    def fence_text(self, name: str, text: str, *, tokens: int | None = None) -> str:
        """Fence a text as data, cut to `tokens` if given."""
        content = self.strip_nonce(text)
        if tokens is not None:
            content = cut_text(content, tokens)
        opening = f"<data id={json.dumps(name)} nonce={self.nonce}>"
        return f"{opening}\n{content}\n</data nonce={self.nonce}>"

    def fence_json(self, name: str, value: object, *, tokens: int | None = None) -> str:
        """Fence a JSON value as data, cut to `tokens` if given."""
        return self.fence_text(name, write_json(value), tokens=tokens)

    def strip_nonce(self, text: str) -> str:
        """Return the text without the nonce, so that it can close no fence."""
        return text.replace(self.nonce, "")


def cut_text(text: str, tokens: int) -> str:
    """Cut a text to `tokens`, estimated by its bytes, and note where it was cut."""
    encoded = text.encode()
    if len(encoded) <= tokens * BYTES_A_TOKEN:
        return text
    return encoded[: tokens * BYTES_A_TOKEN].decode(errors="ignore") + CUT_NOTE
