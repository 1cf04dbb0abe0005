"""FLUX: pictures from a prompt; guidance is a condition, so a negative prompt has no effect."""

from typing import ClassVar

from gateway.media.tasks.base import Family as Planning
from workers.engines.base import RenderPlan
from workers.engines.comfyui.facts import ComfyFacts
from workers.engines.comfyui.graphs.families.family import BuiltFamily, ModelFile
from workers.engines.comfyui.graphs.families.pictures import (
    Sampling,
    add_samplers,
    escape_embeddings,
    save_pictures,
)
from workers.engines.comfyui.graphs.graph import Graph

_STEPS = 20
_GUIDANCE = 3.5
_SAMPLING = Sampling(cfg=1.0, sampler="euler", scheduler="simple")


class Flux(BuiltFamily):
    """Pictures from a prompt by FLUX, from its separate files."""

    tasks: ClassVar[frozenset[str]] = frozenset({"image.generate"})

    diffusion_model: ModelFile
    clip_l: ModelFile
    t5: ModelFile
    vae: ModelFile

    @property
    def planning(self) -> Planning:
        """Return its steps, and that it ignores the negative prompt."""
        return Planning(steps=_STEPS, heeds_negative_prompt=False)

    def draw(self, plan: RenderPlan, facts: ComfyFacts, prefix: str) -> Graph:  # noqa: ARG002
        """Draw the graph of an image.generate."""
        g, values = Graph(), plan.effective_input
        model = g.add("model", "UNETLoader", unet_name=self.diffusion_model, weight_dtype="default")
        clip = g.add(
            "clip", "DualCLIPLoader", clip_name1=self.clip_l, clip_name2=self.t5, type="flux"
        )
        vae = g.add("vae", "VAELoader", vae_name=self.vae)
        prompt = g.add(
            "prompt", "CLIPTextEncode", clip=clip[0], text=escape_embeddings(values["prompt"])
        )
        positive = g.add("positive", "FluxGuidance", conditioning=prompt[0], guidance=_GUIDANCE)
        negative = g.add("negative", "ConditioningZeroOut", conditioning=prompt[0])
        size = {"width": values["width"], "height": values["height"]}
        latent = g.add("latent", "EmptySD3LatentImage", **size, batch_size=1)
        pictures = add_samplers(
            g,
            plan,
            _SAMPLING,
            vae[0],
            model=model[0],
            positive=positive[0],
            negative=negative[0],
            latent_image=latent[0],
        )
        return save_pictures(g, pictures, prefix)
