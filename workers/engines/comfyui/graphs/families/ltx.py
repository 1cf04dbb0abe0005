"""LTX-2.3: films with sound in two passes, the first at half of the final width and height."""

from typing import ClassVar

from gateway.media.tasks.base import Family as Planning
from gateway.media.tasks.rules.video_rules import LTX_FAMILY
from workers.engines.base import RenderPlan
from workers.engines.comfyui.facts import ComfyFacts
from workers.engines.comfyui.graphs.families.family import BuiltFamily, ModelFile
from workers.engines.comfyui.graphs.families.films import save_film
from workers.engines.comfyui.graphs.families.ltx_anchors import AnchoredLatent, LtxAnchors
from workers.engines.comfyui.graphs.families.ltx_sound import LtxSound, add_sound_latent
from workers.engines.comfyui.graphs.families.pictures import escape_embeddings
from workers.engines.comfyui.graphs.graph import Graph, Link, NodeRef

_LORA_STRENGTH = 0.5
_CFG = 1.0
_FIRST_SIGMAS = "1.0, 0.99375, 0.9875, 0.98125, 0.975, 0.909375, 0.725, 0.421875, 0.0"
_SECOND_SIGMAS = "0.85, 0.7250, 0.4219, 0.0"
_SECOND_SEED = 42  # fixed: the seed of the job varies the first pass, which decides the film
_TILES = {"tile_size": 768, "overlap": 64, "temporal_size": 4096, "temporal_overlap": 4}


class Ltx(BuiltFamily):
    """Films by LTX-2.3 with its distilled LoRA and its latent upscaler."""

    tasks: ClassVar[frozenset[str]] = frozenset({"video.generate", "video.extend"})

    checkpoint: ModelFile
    text_encoder: ModelFile
    distilled_lora: ModelFile
    latent_upscaler: ModelFile

    @property
    def planning(self) -> Planning:
        """Return the traits of LTX, which ignores the negative prompt."""
        return LTX_FAMILY

    def draw(self, plan: RenderPlan, facts: ComfyFacts, prefix: str) -> Graph:
        """Draw the graph of a film, or of the new part of one."""
        g = Graph()
        draft = _LtxDraft(self, g, plan)
        first, conditioning, sound = draft.add_first_pass()
        frames, sound_latent = draft.add_second_pass(first, conditioning)
        return save_film(
            g,
            facts,
            prefix,
            frames=frames,
            fps=plan.effective_input["fps"],
            sound=draft.add_soundtrack(sound, sound_latent),
        )


class _LtxDraft:
    """The draft of one graph: the nodes that both passes use, then the two passes."""

    def __init__(self, family: Ltx, g: Graph, plan: RenderPlan) -> None:
        self._g, self._plan, self._values = g, plan, plan.effective_input
        checkpoint = g.add("checkpoint", "CheckpointLoaderSimple", ckpt_name=family.checkpoint)
        self._vae = checkpoint[2]
        self._model = g.add(
            "model",
            "LoraLoaderModelOnly",
            model=checkpoint[0],
            lora_name=family.distilled_lora,
            strength_model=_LORA_STRENGTH,
        )
        self._clip = g.add(
            "clip",
            "LTXAVTextEncoderLoader",
            text_encoder=family.text_encoder,
            ckpt_name=family.checkpoint,
            device="default",
        )
        self._audio_vae = g.add("audio_vae", "LTXVAudioVAELoader", ckpt_name=family.checkpoint)
        self._upscaler = family.latent_upscaler
        self._sampler = g.add("sampler", "KSamplerSelect", sampler_name="euler")
        self._anchors = LtxAnchors(g, plan, self._vae)

    def _add_text(self, name: str, field: str) -> Link:
        text = escape_embeddings(self._values[field])
        return self._g.add(name, "CLIPTextEncode", clip=self._clip[0], text=text)[0]

    def add_first_pass(self) -> tuple[NodeRef, NodeRef, LtxSound]:
        """Add the first pass; return its split result, its conditioning, and the sound."""
        g, values = self._g, self._values
        texts = self._add_text("positive", "prompt"), self._add_text("negative", "negativePrompt")
        cond = g.add(
            "cond",
            "LTXVConditioning",
            positive=texts[0],
            negative=texts[1],
            frame_rate=float(values["fps"]),
        )
        latent = g.add(
            "first_latent",
            "EmptyLTXVLatentVideo",
            width=values["width"] // 2,
            height=values["height"] // 2,
            length=values["durationFrames"],
            batch_size=1,
        )
        held = self._anchors.hold("first", latent[0], cond)
        sound = add_sound_latent(g, self._plan, self._audio_vae[0])
        split = self._add_sampling("first", held, sound.latent, values["seed"], _FIRST_SIGMAS)
        return split, held.conditioning, sound

    def add_second_pass(self, first: NodeRef, cond: NodeRef) -> tuple[Link, Link]:
        """Add the second pass; return its decoded frames and its sound latent."""
        g = self._g
        crop = self._add_crop("first", cond, first)
        upscaler = g.add("enlarger", "LatentUpscaleModelLoader", model_name=self._upscaler)
        enlarged = g.add(
            "enlarged",
            "LTXVLatentUpsampler",
            samples=crop[2],
            upscale_model=upscaler[0],
            vae=self._vae,
        )
        held = self._anchors.hold("second", enlarged[0], crop)
        split = self._add_sampling("second", held, first[1], _SECOND_SEED, _SECOND_SIGMAS)
        latent = split[0]
        if held.has_guides:
            latent = self._add_crop("second", held.conditioning, split)[2]
        frames = g.add("frames", "VAEDecodeTiled", samples=latent, vae=self._vae, **_TILES)
        return frames[0], split[1]

    def add_soundtrack(self, sound: LtxSound, latent: Link) -> Link | None:
        """Return the sound of the film: the reference, the decoded latent, or none."""
        if sound.reference is not None:
            return sound.reference
        if self._values.get("generateAudio") is False:
            return None
        wires = {"samples": latent, "audio_vae": self._audio_vae[0]}
        return self._g.add("sound", "LTXVAudioVAEDecode", **wires)[0]

    def _add_sampling(
        self, name: str, held: AnchoredLatent, sound: Link, seed: int, sigmas: str
    ) -> NodeRef:
        """Add the sampling of one pass; of its split result 0 is video and 1 is sound."""
        g = self._g
        wires = {"video_latent": held.latent, "audio_latent": sound}
        av = g.add(f"{name}_av", "LTXVConcatAVLatent", **wires)
        noise = g.add(f"{name}_noise", "RandomNoise", noise_seed=seed)
        guider = g.add(
            f"{name}_guider",
            "CFGGuider",
            model=self._model[0],
            positive=held.conditioning[0],
            negative=held.conditioning[1],
            cfg=_CFG,
        )
        steps = g.add(f"{name}_sigmas", "ManualSigmas", sigmas=sigmas)
        sampled = g.add(
            f"{name}_pass",
            "SamplerCustomAdvanced",
            noise=noise[0],
            guider=guider[0],
            sampler=self._sampler[0],
            sigmas=steps[0],
            latent_image=av[0],
        )
        return g.add(f"{name}_split", "LTXVSeparateAVLatent", av_latent=sampled[0])

    def _add_crop(self, name: str, cond: NodeRef, split: NodeRef) -> NodeRef:
        wires = {"positive": cond[0], "negative": cond[1], "latent": split[0]}
        return self._g.add(f"{name}_crop", "LTXVCropGuides", **wires)
