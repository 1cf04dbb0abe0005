"""The nodes that graphs of all picture families share."""

import re
from dataclasses import dataclass

from workers.engines.base import IllegalPlan, InputRef, RenderPlan
from workers.engines.comfyui.graphs.graph import SAVE_NODE, Graph, Link

LARGEST_BATCH = 50  # inputs of one BatchImagesNode
_EMBEDDING = re.compile(r"(?<=embedding:)(?=\S)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """The sampling of a family; with `cfg` 1 the negative prompt has no effect."""

    cfg: float
    sampler: str
    scheduler: str
    denoise: float = 1.0


def escape_embeddings(text: str) -> str:
    """Return a prompt that makes the node load no embedding file, as `embedding:name` would."""
    return _EMBEDDING.sub(" ", text)


def require_input(ref: InputRef | None, name: str) -> str:
    """Return the name of an input on the node.

    Raises:
        IllegalPlan: the plan has no such input.
    """
    if ref is None:
        raise IllegalPlan(f"the plan has no {name}")
    return ref.name


def add_mask(g: Graph, plan: RenderPlan, latent: Link) -> Link:
    """Add the plan's mask, if it has one, to the latent; white is edited."""
    if plan.inputs.mask is None:
        return latent
    mask = g.add("mask", "LoadImageMask", image=plan.inputs.mask.name, channel="red")
    return g.add("masked_latent", "SetLatentNoiseMask", samples=latent, mask=mask[0])[0]


def add_samplers(g: Graph, plan: RenderPlan, how: Sampling, vae: Link, **wires: Link) -> list[Link]:
    """Add the sampling of `count` pictures, each by a sampler of its own.

    Picture k has seed + k, and so the same pixels as a job of one picture with that seed.

    `wires` are model, positive, negative and latent_image.
    """
    values = plan.effective_input
    pictures = []
    for k in range(values["count"]):
        sampled = g.add(
            f"sample_{k}",
            "KSampler",
            seed=values["seed"] + k,
            steps=values["steps"],
            cfg=how.cfg,
            sampler_name=how.sampler,
            scheduler=how.scheduler,
            denoise=how.denoise,
            **wires,
        )
        pictures.append(g.add(f"image_{k}", "VAEDecode", samples=sampled[0], vae=vae)[0])
    return pictures


def add_batch(g: Graph, name: str, pictures: list[Link]) -> Link:
    """Add a batch of pictures, order kept; more than 50 are batched in two layers."""
    if len(pictures) == 1:
        return pictures[0]
    if len(pictures) > LARGEST_BATCH:
        parts = range(0, len(pictures), LARGEST_BATCH)
        pictures = [
            add_batch(g, f"{name}_from_{first}", pictures[first : first + LARGEST_BATCH])
            for first in parts
        ]
    wires = {f"images.image{k}": picture for k, picture in enumerate(pictures)}
    return g.add(name, "BatchImagesNode", **wires)[0]


def save_pictures(g: Graph, pictures: list[Link], prefix: str) -> Graph:
    """Add the save node of pictures, order kept, and return the graph."""
    g.add(SAVE_NODE, "SaveImage", images=add_batch(g, "pictures", pictures), filename_prefix=prefix)
    return g
