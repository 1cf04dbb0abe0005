"""ESRGAN: pictures and films enlarged by a model, then scaled to the exact size."""

from typing import ClassVar

from gateway.media.tasks.base import Family as Planning
from workers.engines.base import RenderPlan
from workers.engines.comfyui.facts import ComfyFacts
from workers.engines.comfyui.graphs.families.family import BuiltFamily, ModelFile
from workers.engines.comfyui.graphs.families.films import save_film
from workers.engines.comfyui.graphs.families.pictures import require_input, save_pictures
from workers.engines.comfyui.graphs.graph import Graph, Link

# Memory for the frames of one segment, in float32: source, the model's output and the result.
FRAME_BUFFER_BYTES = 4 * 2**30


class Esrgan(BuiltFamily):
    """Upscaling by one ESRGAN model, frame by frame."""

    tasks: ClassVar[frozenset[str]] = frozenset({"image.upscale", "video.upscale"})

    upscale_model: ModelFile

    @property
    def planning(self) -> Planning:
        """Return the defaults: nothing is sampled."""
        return Planning()

    def draw(self, plan: RenderPlan, facts: ComfyFacts, prefix: str) -> Graph:
        """Return the graph of a picture, or of one segment of a film without its sound."""
        g, source = Graph(), require_input(plan.inputs.source, "source")
        if plan.task == "image.upscale":
            picture = g.add("source", "LoadImage", image=source)
            return save_pictures(g, [self._add_upscale(g, plan, picture[0])], prefix)
        film = g.add("source", "LoadVideo", file=source)
        frames = g.add("source_frames", "GetVideoComponents", video=film[0])
        enlarged = self._add_upscale(g, plan, frames[0])
        fps = plan.effective_input["fps"]
        return save_film(g, facts, prefix, frames=enlarged, fps=fps, sound=None)

    def _add_upscale(self, g: Graph, plan: RenderPlan, frames: Link) -> Link:
        model = g.add("model", "UpscaleModelLoader", model_name=self.upscale_model)
        larger = g.add("larger", "ImageUpscaleWithModel", upscale_model=model[0], image=frames)
        scaled = g.add(
            "scaled",
            "ImageScale",
            image=larger[0],
            upscale_method="lanczos",
            width=plan.effective_input["width"],
            height=plan.effective_input["height"],
            crop="disabled",
        )
        return scaled[0]
