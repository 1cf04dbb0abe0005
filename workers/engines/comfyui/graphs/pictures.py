"""Nodes that the graphs of all picture families share."""

import re
from dataclasses import dataclass

from workers.engines.base import IllegalPlan, InputRef, RenderPlan
from workers.engines.comfyui.graphs.graph import SAVE, Graph, Link

LARGEST_BATCH = 50
_EMBEDDING = re.compile(r"(?<=embedding:)(?=\S)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How a family samples; `cfg` 1 leaves the negative prompt out."""

    cfg: float
    sampler: str
    scheduler: str
    denoise: float = 1.0


def plain(text: str) -> str:
    """Return a prompt in which no word makes the node look for an embedding file."""
    return _EMBEDDING.sub(" ", text)


def needed(ref: InputRef | None, name: str) -> str:
    """Return the name of an input on the node.

    Raises:
        IllegalPlan: the plan has no such input.
    """
    if ref is None:
        raise IllegalPlan(f"the plan has no {name}")
    return ref.name


def masked(g: Graph, plan: RenderPlan, latent: Link) -> Link:
    """Return the latent with the plan's mask laid over it; white is edited."""
    if plan.inputs.mask is None:
        return latent
    mask = g.add("mask", "LoadImageMask", image=plan.inputs.mask.name, channel="red")
    return g.add("masked_latent", "SetLatentNoiseMask", samples=latent, mask=mask[0])[0]


def sample(g: Graph, plan: RenderPlan, how: Sampling, vae: Link, **wires: Link) -> list[Link]:
    """Return `count` pictures, picture k with seed + k: the same pixels as a job with that seed.

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


def batch(g: Graph, name: str, pictures: list[Link]) -> Link:
    """Return the pictures as one batch, order kept; more than 50 are batched in two layers."""
    if len(pictures) == 1:
        return pictures[0]
    if len(pictures) > LARGEST_BATCH:
        parts = range(0, len(pictures), LARGEST_BATCH)
        pictures = [
            batch(g, f"{name}_from_{first}", pictures[first : first + LARGEST_BATCH])
            for first in parts
        ]
    wires = {f"images.image{k}": picture for k, picture in enumerate(pictures)}
    return g.add(name, "BatchImagesNode", **wires)[0]


def save_pictures(g: Graph, pictures: list[Link], prefix: str) -> Graph:
    """Save the pictures in order and return the graph."""
    g.add(SAVE, "SaveImage", images=batch(g, "pictures", pictures), filename_prefix=prefix)
    return g
