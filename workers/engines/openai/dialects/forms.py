"""The fields that vLLM-Omni and SGLang share, and their form."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from workers.engines.openai.dialects.dialect import FilePart, Order


class FormCall(TypedDict):
    """The body of a call as a form."""

    form: Mapping[str, str | None]
    files: Sequence[FilePart]


def build_picture_fields(order: Order) -> dict[str, object]:
    """Return the fields of a picture, None where the order has no value."""
    return {
        "model": order.model,
        "prompt": order.prompt,
        "size": order.size,
        "n": order.pictures,
        "response_format": "b64_json",
        "negative_prompt": order.negative_prompt,
        "num_inference_steps": order.steps,
        "guidance_scale": order.guidance,
        "seed": order.seed,
    }


def build_film_form(order: Order) -> FormCall:
    """Return the form of a video, with its start frame as `input_reference`."""
    form = to_form(
        {
            "model": order.model,
            "prompt": order.prompt,
            "width": order.width,
            "height": order.height,
            "num_frames": order.frames,
            "fps": order.fps,
            "negative_prompt": order.negative_prompt,
            "num_inference_steps": order.steps,
            "guidance_scale": order.guidance,
            "seed": order.seed,
        }
    )
    start = [] if order.start_frame is None else [FilePart("input_reference", order.start_frame)]
    return {"form": form, "files": start}


def to_form(fields: Mapping[str, object]) -> dict[str, str | None]:
    """Return fields as texts of a form; None stays None."""
    return {name: None if value is None else str(value) for name, value in fields.items()}
