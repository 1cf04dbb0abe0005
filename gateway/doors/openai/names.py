"""The names of fields: what the media operations call them, and what this door calls them."""

import re
from collections.abc import Mapping

DOOR_NAMES: Mapping[str, str] = {
    "count": "n",
    "width": "size",
    "height": "size",
    "highDetail": "quality",
    "outputFormat": "output_format",
    "negativePrompt": "negative_prompt",
    "imageUrls": "image",
    "images": "image",
    "image": "image",
    "maskUrl": "mask",
    "durationSeconds": "seconds",
    "durationFrames": "seconds",
    "extendSeconds": "seconds",
    "extendFrames": "seconds",
    "startFrameImage": "input_reference",
    "startFrameImageUrl": "input_reference",
    "videoUrl": "video",
    "generateAudio": "generate_audio",
    "maxPriceUsd": "max_price_usd",
    "projectId": "project_id",
    "task": "model",
}
QUOTED = re.compile(r"`([A-Za-z][A-Za-z0-9_.]*)`")
BARE = re.compile(rf"\b(?:{'|'.join(name for name in DOOR_NAMES if name.lower() != name)})\b")


def to_door_name(field: str) -> str:
    """Return the door's name of a field, given by its path in a request for a media operation."""
    first = field.removeprefix("input.").split(".")[0]
    return DOOR_NAMES.get(first, first)


def translate_names(text: str) -> str:
    """Return a text for people with the names of this door."""
    quoted = QUOTED.sub(lambda match: f"`{_translate_path(match[1])}`", text)
    return BARE.sub(lambda match: DOOR_NAMES[match[0]], quoted)


def _translate_path(path: str) -> str:
    known = path.startswith("input.") or path in DOOR_NAMES
    return to_door_name(path) if known else to_snake_case(path)


def to_snake_case(name: str) -> str:
    """Return a name of the media operations as this door writes it: `priceUsd` is `price_usd`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() if name[0].islower() else name
