"""LocalAI: pictures in one held call.

It splits a prompt at `|` and takes what follows as the negative prompt, so a user's `|` is refused,
and ours is the only one. A size that it cannot read becomes 512x512 in silence, and what is not
asked as base64 comes as a URL. It casts seeds to 32 bits and takes none below 1, so larger ones,
and 0, become others that it takes: the same ones each time. Nothing stops.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from workers.engines.openai.dialects.dialect import Call, Dialect, Order, ServedModel
from workers.engines.openai.dialects.guesses import guess_tasks_by_name

_SEPARATOR = "|"
_MOST_SEED = 2**31 - 1


class LocalAi(Dialect):
    """The dialect of LocalAI."""

    name = "localai"
    bindings: ClassVar[Mapping[str, frozenset[str]]] = {
        "image.generate": frozenset({"negativePrompt", "seed", "steps"})
    }
    obeyed_texts = (_SEPARATOR,)
    health_path = "/readyz"

    def build_call(self, order: Order) -> Call:
        """Build a generation as JSON."""
        negative = f"{_SEPARATOR}{order.negative_prompt}" if order.negative_prompt else ""
        body = {
            "model": order.model,
            "prompt": f"{order.prompt}{negative}",
            "size": order.size,
            "n": order.pictures,
            "response_format": "b64_json",
            "step": order.steps,
            "seed": None if order.seed is None else (order.seed - 1) % _MOST_SEED + 1,
        }
        return Call(method="POST", path="/images/generations", json=body)

    def is_mine(self, models: Sequence[ServedModel]) -> bool:
        """Return True if the models are listed by no more than their names, as only it does."""
        return bool(models) and all(set(model.entry) == {"id", "object"} for model in models)

    def guess_tasks(self, model: ServedModel) -> Mapping[str, frozenset[str]]:
        """Guess by the model's name: it may as well be one for text, which the list hides."""
        return guess_tasks_by_name(model.id, self.bindings)
