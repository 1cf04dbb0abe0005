"""Qwen-Image-Edit: a picture changed by a prompt, with up to two references and a mask."""

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
from workers.engines.comfyui.graphs.graph import Graph, Link

_IMAGES = 3
_STEPS, _LIGHTNING_STEPS = 20, 4
_CFG, _LIGHTNING_CFG = 4.0, 1.0
_SHIFT, _NORM = 3.0, 1.0
_FULL_EDIT_AT = 0.6  # the default strength, at which all is sampled as in the official workflow
_DENOISE_PLACES = 4


class QwenImageEdit(BuiltFamily):
    """Edits by Qwen-Image-Edit (2509 or later); the Lightning LoRA, if named, takes 4 steps."""

    tasks: ClassVar[frozenset[str]] = frozenset({"image.edit"})

    diffusion_model: ModelFile
    text_encoder: ModelFile
    vae: ModelFile
    lightning_lora: ModelFile | None = None

    @property
    def planning(self) -> Planning:
        """Return its steps and pictures; with Lightning the negative prompt has no effect."""
        fast = self.lightning_lora is not None
        return Planning(
            steps=_LIGHTNING_STEPS if fast else _STEPS,
            heeds_negative_prompt=not fast,
            images=_IMAGES,
        )

    def draw(self, plan: RenderPlan, facts: ComfyFacts, prefix: str) -> Graph:  # noqa: ARG002
        """Draw the graph of an image.edit."""
        g, values = Graph(), plan.effective_input
        vae = g.add("vae", "VAELoader", vae_name=self.vae)[0]
        pictures = self._add_pictures(g, plan)
        texts = self._add_texts(g, plan, vae, pictures)
        latent = g.add("latent", "VAEEncode", pixels=pictures["image1"], vae=vae)[0]
        how = Sampling(
            cfg=_CFG if self.lightning_lora is None else _LIGHTNING_CFG,
            sampler="euler",
            scheduler="simple",
            denoise=round(min(1.0, values["strength"] / _FULL_EDIT_AT), _DENOISE_PLACES),
        )
        wires = texts | {"model": self._add_model(g), "latent_image": add_mask(g, plan, latent)}
        return save_pictures(g, add_samplers(g, plan, how, vae, **wires), prefix)

    def _add_model(self, g: Graph) -> Link:
        model = g.add("model", "UNETLoader", unet_name=self.diffusion_model, weight_dtype="default")
        if self.lightning_lora is not None:
            model = g.add(
                "lightning",
                "LoraLoaderModelOnly",
                model=model[0],
                lora_name=self.lightning_lora,
                strength_model=1.0,
            )
        shifted = g.add("shifted", "ModelSamplingAuraFlow", model=model[0], shift=_SHIFT)
        return g.add("normed", "CFGNorm", model=shifted[0], strength=_NORM)[0]

    @staticmethod
    def _add_pictures(g: Graph, plan: RenderPlan) -> dict[str, Link]:
        references = plan.inputs.references
        if len(references) >= _IMAGES:
            raise IllegalPlan(f"{len(references)} references, {_IMAGES - 1} at most")
        source = g.add("source", "LoadImage", image=require_input(plan.inputs.source, "source"))
        pictures = {"image1": source[0]}
        for k, reference in enumerate(references, start=2):
            pictures[f"image{k}"] = g.add(f"reference_{k}", "LoadImage", image=reference.name)[0]
        return pictures

    def _add_texts(
        self, g: Graph, plan: RenderPlan, vae: Link, pictures: dict[str, Link]
    ) -> dict[str, Link]:
        clip = g.add("clip", "CLIPLoader", clip_name=self.text_encoder, type="qwen_image")
        return {
            name: g.add(
                name,
                "TextEncodeQwenImageEditPlus",
                clip=clip[0],
                prompt=escape_embeddings(plan.effective_input[field]),
                vae=vae,
                **pictures,
            )[0]
            for name, field in (("positive", "prompt"), ("negative", "negativePrompt"))
        }
