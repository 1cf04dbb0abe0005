"""Words of others go to the model as data, fenced by a nonce that only this request knows."""

import json
from dataclasses import dataclass

from gateway.kit.json_text import write_json

BYTES_A_TOKEN = 3  # errs on the side of counting too many
CUT = "\n[cut here: too long]"


@dataclass(frozen=True, slots=True)
class Fence:
    """The fence of one request."""

    nonce: str

    def data(self, name: str, text: str, *, tokens: int | None = None) -> str:
        """Return a text as data, cut to so many tokens."""
        inside = self.free(text)
        if tokens is not None:
            inside = cut(inside, tokens)
        opened = f"<data id={json.dumps(name)} nonce={self.nonce}>"
        return f"{opened}\n{inside}\n</data nonce={self.nonce}>"

    def json(self, name: str, value: object, *, tokens: int | None = None) -> str:
        """Return a JSON value as data."""
        return self.data(name, write_json(value), tokens=tokens)

    def free(self, text: str) -> str:
        """Return a text without the nonce."""
        return text.replace(self.nonce, "")


def cut(text: str, tokens: int) -> str:
    """Return a text of at most so many tokens, with a note where it was cut."""
    encoded = text.encode()
    if len(encoded) <= tokens * BYTES_A_TOKEN:
        return text
    return encoded[: tokens * BYTES_A_TOKEN].decode(errors="ignore") + CUT
