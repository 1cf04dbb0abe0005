"""Stable Diffusion XL: pictures from a prompt, and from a picture (`img2img`)."""

from typing import ClassVar

from gateway.media.tasks.base import Family as Planning
from workers.engines.base import IllegalPlan, RenderPlan
from workers.engines.comfyui.facts import ComfyFacts
from workers.engines.comfyui.graphs.families.family import BuiltFamily, ModelFile
from workers.engines.comfyui.graphs.families.pictures import (
    Sampling,
    add_mask,
    add_samplers,
    escape_embeddings,
    require_input,
    save_pictures,
)
from workers.engines.comfyui.graphs.graph import Graph, Link, NodeRef

_STEPS = 25
_CFG, _SAMPLER, _SCHEDULER = 7.0, "dpmpp_2m", "karras"


class Sdxl(BuiltFamily):
    """Pictures from a prompt by one SDXL checkpoint."""

    tasks: ClassVar[frozenset[str]] = frozenset({"image.generate"})

    checkpoint: ModelFile

    @property
    def planning(self) -> Planning:
        """Return its steps; it heeds the negative prompt."""
        return Planning(steps=_STEPS)

    def draw(self, plan: RenderPlan, facts: ComfyFacts, prefix: str) -> Graph:  # noqa: ARG002
        """Draw the graph of an image.generate."""
        g, values = Graph(), plan.effective_input
        model = _add_checkpoint(g, self.checkpoint)
        size = {"width": values["width"], "height": values["height"]}
        latent = g.add("latent", "EmptyLatentImage", **size, batch_size=1)[0]
        return _add_pictures(g, plan, model, latent, prefix, denoise=1.0)


class Img2Img(BuiltFamily):
    """A picture changed by one SDXL checkpoint; takes no reference pictures."""

    tasks: ClassVar[frozenset[str]] = frozenset({"image.edit"})

    checkpoint: ModelFile

    @property
    def planning(self) -> Planning:
        """Return its steps, and that it takes one picture."""
        return Planning(steps=_STEPS, images=1)

    def draw(self, plan: RenderPlan, facts: ComfyFacts, prefix: str) -> Graph:  # noqa: ARG002
        """Draw the graph of an image.edit; `strength` is the share that is sampled again.

        Raises:
            IllegalPlan: the plan has references, or no source.
        """
        if plan.inputs.references:
            raise IllegalPlan("this family takes no references")
        g = Graph()
        model = _add_checkpoint(g, self.checkpoint)
        source = g.add("source", "LoadImage", image=require_input(plan.inputs.source, "source"))
        latent = g.add("latent", "VAEEncode", pixels=source[0], vae=model[2])[0]
        strength = float(plan.effective_input["strength"])
        return _add_pictures(g, plan, model, add_mask(g, plan, latent), prefix, denoise=strength)


def _add_checkpoint(g: Graph, name: str) -> NodeRef:
    return g.add("model", "CheckpointLoaderSimple", ckpt_name=name)


def _add_pictures(
    g: Graph, plan: RenderPlan, model: NodeRef, latent: Link, prefix: str, *, denoise: float
) -> Graph:
    texts = {
        name: g.add(
            name,
            "CLIPTextEncode",
            clip=model[1],
            text=escape_embeddings(plan.effective_input[field]),
        )
        for name, field in (("positive", "prompt"), ("negative", "negativePrompt"))
    }
    how = Sampling(cfg=_CFG, sampler=_SAMPLER, scheduler=_SCHEDULER, denoise=denoise)
    wires = {name: text[0] for name, text in texts.items()}
    pictures = add_samplers(g, plan, how, model[2], model=model[0], latent_image=latent, **wires)
    return save_pictures(g, pictures, prefix)
