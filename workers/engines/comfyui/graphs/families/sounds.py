"""Sound from a prompt: ACE-Step, which makes music of any length, and Stable Audio, up to 47 s.

Both make their latent in blocks of about a tenth of a second and may end that much too early; so a
tenth more is asked for, and the worker cuts the sound to its exact length.
"""

from math import ceil
from typing import ClassVar

from gateway.media.tasks.base import Family as Planning
from workers.engines.base import RenderPlan
from workers.engines.comfyui.facts import ComfyFacts
from workers.engines.comfyui.graphs.families.family import BuiltFamily, ModelFile
from workers.engines.comfyui.graphs.families.pictures import Sampling, escape_embeddings
from workers.engines.comfyui.graphs.graph import SAVE_NODE, Graph, Link

TASK = "audio.generate"
# Lyrics that name no words: the model then plays without a voice.
WITHOUT_VOICE = "[instrumental]"
_STEPS, _ACE_SHIFT = 50, 5.0
_ACE_SAMPLING = Sampling(cfg=5.0, sampler="euler", scheduler="simple")
_STABLE_SAMPLING = Sampling(cfg=4.98, sampler="dpmpp_3m_sde", scheduler="exponential")
_STABLE_SECONDS = 47


class AceStep(BuiltFamily):
    """Music and sound by one ACE-Step checkpoint, which holds its text encoder."""

    tasks: ClassVar[frozenset[str]] = frozenset({TASK})

    checkpoint: ModelFile

    @property
    def planning(self) -> Planning:
        """Return its steps; it makes sound of every length."""
        return Planning(steps=_STEPS)

    def draw(self, plan: RenderPlan, facts: ComfyFacts, prefix: str) -> Graph:  # noqa: ARG002
        """Draw the graph of an audio.generate, without lyrics."""
        g = Graph()
        model = g.add("model", "CheckpointLoaderSimple", ckpt_name=self.checkpoint)
        shifted = g.add("shifted", "ModelSamplingSD3", model=model[0], shift=_ACE_SHIFT)
        tones = g.add("tones", "LatentOperationTonemapReinhard", multiplier=1.0)
        toned = g.add("toned", "LatentApplyOperationCFG", model=shifted[0], operation=tones[0])
        positive = g.add(
            "positive",
            "TextEncodeAceStepAudio",
            clip=model[1],
            tags=escape_embeddings(plan.effective_input["prompt"]),
            lyrics=WITHOUT_VOICE,
            lyrics_strength=1.0,
        )
        negative = g.add("negative", "ConditioningZeroOut", conditioning=positive[0])
        seconds = _padded_seconds(plan)
        latent = g.add("latent", "EmptyAceStepLatentAudio", seconds=seconds, batch_size=1)
        wires = {"positive": positive[0], "negative": negative[0], "latent_image": latent[0]}
        return _add_sampling_and_save(
            g, plan, _ACE_SAMPLING, prefix, vae=model[2], model=toned[0], **wires
        )


class StableAudio(BuiltFamily):
    """Sound by one Stable Audio Open checkpoint and its T5 text encoder."""

    tasks: ClassVar[frozenset[str]] = frozenset({TASK})

    checkpoint: ModelFile
    text_encoder: ModelFile

    @property
    def planning(self) -> Planning:
        """Return its steps, and how long its sounds may be."""
        return Planning(steps=_STEPS, longest_seconds=_STABLE_SECONDS)

    def draw(self, plan: RenderPlan, facts: ComfyFacts, prefix: str) -> Graph:  # noqa: ARG002
        """Draw the graph of an audio.generate."""
        g, seconds = Graph(), _padded_seconds(plan)
        model = g.add("model", "CheckpointLoaderSimple", ckpt_name=self.checkpoint)
        clip = g.add("clip", "CLIPLoader", clip_name=self.text_encoder, type="stable_audio")
        texts = {
            "positive": escape_embeddings(plan.effective_input["prompt"]),
            "negative": "speech, voice",
        }
        encoded = {
            name: g.add(f"{name}_text", "CLIPTextEncode", clip=clip[0], text=text)[0]
            for name, text in texts.items()
        }
        timed = g.add(
            "timed", "ConditioningStableAudio", **encoded, seconds_start=0.0, seconds_total=seconds
        )
        latent = g.add("latent", "EmptyLatentAudio", seconds=seconds, batch_size=1)
        wires = {"positive": timed[0], "negative": timed[1], "latent_image": latent[0]}
        return _add_sampling_and_save(
            g, plan, _STABLE_SAMPLING, prefix, vae=model[2], model=model[0], **wires
        )


def _padded_seconds(plan: RenderPlan) -> float:
    """Return the length to ask for, in tenths of a second, a tenth above the plan's or more."""
    tenths: int = ceil(plan.effective_input["durationSeconds"] * 10)
    return (tenths + 1) / 10


def _add_sampling_and_save(
    g: Graph, plan: RenderPlan, how: Sampling, prefix: str, *, vae: Link, **wires: Link
) -> Graph:
    """Add sampling, decoding and saving, as lossless FLAC: the worker writes the ordered format."""
    sampled = g.add(
        "sample_0",
        "KSampler",
        seed=plan.effective_input["seed"],
        steps=_STEPS,
        cfg=how.cfg,
        sampler_name=how.sampler,
        scheduler=how.scheduler,
        denoise=how.denoise,
        **wires,
    )
    sound = g.add("sound", "VAEDecodeAudio", samples=sampled[0], vae=vae)
    g.add(SAVE_NODE, "SaveAudio", audio=sound[0], filename_prefix=prefix)
    return g
