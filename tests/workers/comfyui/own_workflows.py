"""Workflows as operators bring them, for every task; they run on a ComfyUI without any model.

Each binding tints the picture or is laid over it, so that every node leads to the save node.
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from workers.engines.comfyui.graphs.templates.bindings import BINDINGS_BY_TASK

Link = list[str | int]
TEXT_BINDINGS, NUMBER_BINDINGS = ("prompt", "negativePrompt"), ("seed", "steps")
PICTURE_BINDINGS = {"startFrame": "start", "finalFrame": "final", "source": "source"}


class Workflow:
    """The nodes of one workflow, and where each binding leads."""

    def __init__(self, task: str, leave_out: Collection[str] = ()) -> None:
        self.task = task
        self.bound = BINDINGS_BY_TASK[task] - set(leave_out)
        self.nodes: dict[str, dict[str, Any]] = {}
        self.bind = {"filenamePrefix": "9.filename_prefix"}
        self._layers = 0
        self._save()

    def render_toml(self, name: str) -> str:
        """Return the declaration of the template for the engines file."""
        binds = "\n".join(f'{key} = "{path}"' for key, path in self.bind.items())
        head = f'task = "{self.task}"\nworkflow = "{name}.json"\nsave = "9"'
        return f"[templates.{name}]\n{head}\n[templates.{name}.bind]\n{binds}\n"

    def bound_value(self, graph: dict[str, Any], binding: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return what a graph that was sent holds where a binding leads."""
        node, _, name = self.bind[binding].partition(".")
        return graph["save" if node == "9" else node]["inputs"][name]

    def _add(self, node_id: str, class_type: str, **inputs: Any) -> Link:  # noqa: ANN401
        self.nodes[node_id] = {"class_type": class_type, "inputs": inputs}
        return [node_id, 0]

    def _number(self, binding: str, usual: int) -> Link | int:
        """Return a number, from a node of its own where it is bound."""
        if binding not in self.bound:
            return usual
        self.bind[binding] = f"{binding}.value"
        return self._add(binding, "PrimitiveInt", value=usual)

    def _empty(self, node_id: str, amount: Link | int, color: Link | int) -> Link:
        size = {"width": self._number("width", 512), "height": self._number("height", 512)}
        return self._add(node_id, "EmptyImage", **size, batch_size=amount, color=color)

    def _over(self, picture: Link, layer: Link, share: float = 0.25) -> Link:
        self._layers += 1
        wires = {"image1": picture, "image2": layer, "blend_mode": "normal"}
        return self._add(f"blend_{self._layers}", "ImageBlend", **wires, blend_factor=share)

    def _save(self) -> None:
        film = self.task.startswith("video.")
        if "source" in self.bound and "upscale" in self.task:
            picture = self._enlarged(film=film)
        else:
            amount = self._number("durationFrames" if film else "count", 25 if film else 1)
            picture = self._painted(self._empty("base", amount, 0))
        if film:
            sound = {"audio": self._sound()} if "referenceAudio" in self.bound else {}
            self._add("film", "CreateVideo", images=picture, fps=24.0, **sound)
            saver = {"video": ["film", 0], "format": "mp4", "codec": "h264"}
            self._add("9", "SaveVideo", **saver, filename_prefix="video/ComfyUI")
        else:
            self._add("9", "SaveImage", images=picture, filename_prefix="ComfyUI")
        if "fps" in self.bound:
            self.bind["fps"] = "film.fps"

    def _enlarged(self, *, film: bool) -> Link:
        self.bind["source"] = "source.file" if film else "source.image"
        loaded = self._loaded("source", "LoadVideo" if film else "LoadImage")
        picture = self._add("parts", "GetVideoComponents", video=loaded) if film else loaded
        size = {"width": self._number("width", 512), "height": self._number("height", 512)}
        how = {"upscale_method": "lanczos", "crop": "disabled"}
        return self._add("larger", "ImageScale", image=picture, **size, **how)

    def _loaded(self, node_id: str, class_type: str) -> Link:
        name = {"LoadVideo": "file", "LoadAudio": "audio"}.get(class_type, "image")
        return self._add(node_id, class_type, **{name: "example.png"})

    def _sound(self) -> Link:
        self.bind["referenceAudio"] = "voice.audio"
        return self._loaded("voice", "LoadAudio")

    def _painted(self, picture: Link) -> Link:
        """Return the picture with a layer for every other binding."""
        for text in self.bound.intersection(TEXT_BINDINGS):
            self.bind[text] = f"{text}.string"
            length = self._add(text, "StringLength", string="")
            picture = self._over(picture, self._empty(f"{text}_tint", 1, length))
        for number in self.bound.intersection(NUMBER_BINDINGS):
            tint = self._empty(f"{number}_tint", 1, self._number(number, 7))
            picture = self._over(picture, tint)
        for binding in self.bound.intersection(PICTURE_BINDINGS):
            self.bind[binding] = f"{PICTURE_BINDINGS[binding]}.image"
            picture = self._over(picture, self._loaded(PICTURE_BINDINGS[binding], "LoadImage"))
        if "mask" in self.bound:
            self.bind["mask"] = "mask.image"
            mask = self._add("mask", "LoadImageMask", image="example.png", channel="red")
            picture = self._over(picture, self._add("mask_seen", "MaskToImage", mask=mask))
        if "strength" in self.bound:
            picture = self._over(picture, self._empty("strong", 1, 255), 0.5)
            self.bind["strength"] = f"{picture[0]}.blend_factor"
        if "overlapFrames" in self.bound:
            self.bind["overlapFrames"] = "first_frame.image"
            how = {"batch_index": 0, "length": 1}
            first = self._add("first_frame", "ImageFromBatch", image=["base", 0], **how)
            picture = self._over(picture, first)
        return picture


def write_engines_file(folder: Path, *workflows: Workflow) -> str:
    """Write the workflows into a folder; return the engines file that routes their tasks there."""
    names = {each: each.task.replace(".", "-") for each in workflows}
    for each, name in names.items():
        (folder / f"{name}.json").write_text(json.dumps(each.nodes))
    routes = "\n".join(f'"{each.task}" = "{name}"' for each, name in names.items())
    return f"{''.join(each.render_toml(name) for each, name in names.items())}[routes]\n{routes}\n"
