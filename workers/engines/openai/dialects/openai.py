"""OpenAI's own API, and servers that know its official fields and no others.

No seed, no steps, no negative prompt: a family of it takes none of them. Each call costs money, and
a lost answer may have been charged. Its GPT image models refuse `response_format`. Its mask marks
by transparency what ours marks by white, so none is taken.
"""

import re
from collections.abc import Mapping
from typing import ClassVar

from workers.engines.openai.dialects.dialect import Call, Dialect, FilePart, Order, ServedModel
from workers.engines.openai.dialects.forms import to_form

_GPT_IMAGE = re.compile(r"^(gpt-image|chatgpt-image)")


class OpenAi(Dialect):
    """The dialect of OpenAI."""

    name = "openai"
    bindings: ClassVar[Mapping[str, frozenset[str]]] = {
        "image.generate": frozenset(),
        "image.edit": frozenset(),
    }
    owners = frozenset({"openai", "system", "openai-internal"})
    health_path = None
    charges = True

    def build_call(self, order: Order) -> Call:
        """Build a generation as JSON, an edit as a form."""
        fields: dict[str, object] = {
            "model": order.model,
            "prompt": order.prompt,
            "size": order.size,
            "n": order.pictures,
        }
        if _GPT_IMAGE.match(order.model):
            # Unset, the quality and with it the price of a picture are the model's own choice.
            fields |= {"quality": "medium", "output_format": "png"}
        else:
            fields |= {"response_format": "b64_json"}
        if order.task == "image.generate":
            return Call(method="POST", path="/images/generations", json=fields)
        files = [FilePart("image[]", path) for path in (order.source, *order.references) if path]
        return Call(method="POST", path="/images/edits", form=to_form(fields), files=files)

    def guess_tasks(self, model: ServedModel) -> Mapping[str, frozenset[str]]:
        """Guess the GPT image models: they draw and edit."""
        return self.bindings if _GPT_IMAGE.match(model.id) else {}
