"""stable-diffusion.cpp's `sd-server`: pictures in one held call, one at a time.

All but size and number travels inside of the prompt, as JSON between two tags that the server cuts
out and obeys: steps, sizes, seeds and more. So a user's text with such a tag is refused, and ours
is the only one. A size off its grid is enlarged in silence, and steps above 100 are cut to that.
Without a seed each picture has the same one. Nothing stops.
"""

import json
from collections.abc import Mapping, Sequence
from typing import ClassVar

from gateway.media.tasks.base import SizeGrid
from workers.engines.openai.dialects.dialect import Call, Dialect, FilePart, Order, ServedModel
from workers.engines.openai.dialects.forms import to_form

ONLY_MODEL = "sd-cpp-local"
_TAG = "sd_cpp_extra_args"


class SdCpp(Dialect):
    """The dialect of sd-server's `/v1`."""

    name = "sdcpp"
    bindings: ClassVar[Mapping[str, frozenset[str]]] = {
        "image.generate": frozenset({"negativePrompt", "seed", "steps"}),
        "image.edit": frozenset({"negativePrompt", "seed", "steps", "mask", "strength"}),
    }
    most_steps = dict.fromkeys(bindings, 100)
    most_guidance = 100
    grid = SizeGrid(least=64, most=2048, step=64)
    obeyed_texts = (_TAG,)
    lists_models = False
    health_path = None

    def build_call(self, order: Order) -> Call:
        """Build a generation as JSON, an edit as a form."""
        fields: dict[str, object] = {
            "prompt": f"{order.prompt} {_build_options(order)}",
            "size": order.size,
            "n": order.pictures,
            "output_format": "png",
        }
        if order.task == "image.generate":
            return Call(method="POST", path="/images/generations", json=fields)
        files = [FilePart("image[]", path) for path in (order.source, *order.references) if path]
        if order.mask is not None:
            files.append(FilePart("mask", order.mask))
        return Call(method="POST", path="/images/edits", form=to_form(fields), files=files)

    def is_mine(self, models: Sequence[ServedModel]) -> bool:
        """Return True if the one model is called as sd-server calls every model."""
        return [model.id for model in models] == [ONLY_MODEL]

    def guess_tasks(self, model: ServedModel) -> Mapping[str, frozenset[str]]:
        """Guess that it draws: nothing tells whether the model can edit."""
        del model
        return {"image.generate": self.bindings["image.generate"]}


def _build_options(order: Order) -> str:
    """Return the options in their tags; `<` is escaped, so that no value can end them."""
    sampling = {
        "sample_steps": order.steps,
        "guidance": None if order.guidance is None else {"txt_cfg": order.guidance},
    }
    sampling = {name: value for name, value in sampling.items() if value is not None}
    options = {
        "negative_prompt": order.negative_prompt,
        "seed": order.seed,
        "strength": order.strength,
        "sample_params": sampling or None,
        # else each picture would hold the prompt and the parameters as text
        "embed_image_metadata": False,
    }
    text = json.dumps({name: value for name, value in options.items() if value is not None})
    return f"<{_TAG}>{text.replace('<', chr(92) + 'u003c')}</{_TAG}>"
