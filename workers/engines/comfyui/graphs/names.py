"""Names of files on a node: never anything that a user wrote."""

import re
from collections.abc import Mapping
from uuid import UUID

_INPUT = re.compile(r"kt/[0-9a-f]{64}\.[a-z0-9]{2,5}")
_PREFIX = re.compile(r"kt/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/out")
# The folder of a node's models in which an input of a loader finds its files.
FOLDERS: Mapping[tuple[str, str], str] = {
    ("CheckpointLoaderSimple", "ckpt_name"): "checkpoints",
    ("LTXAVTextEncoderLoader", "ckpt_name"): "checkpoints",
    ("LTXVAudioVAELoader", "ckpt_name"): "checkpoints",
    ("UNETLoader", "unet_name"): "diffusion_models",
    ("CLIPLoader", "clip_name"): "text_encoders",
    ("DualCLIPLoader", "clip_name1"): "text_encoders",
    ("DualCLIPLoader", "clip_name2"): "text_encoders",
    ("LTXAVTextEncoderLoader", "text_encoder"): "text_encoders",
    ("VAELoader", "vae_name"): "vae",
    ("LoraLoaderModelOnly", "lora_name"): "loras",
    ("UpscaleModelLoader", "model_name"): "upscale_models",
    ("LatentUpscaleModelLoader", "model_name"): "latent_upscale_models",
}


def input_name(sha256: str, ending: str) -> str:
    """Return the name of an input by the sha256 (hex) of its bytes, `ending` as in `.png`."""
    return f"kt/{sha256}{ending}"


def save_prefix(attempt: UUID) -> str:
    """Return what an attempt saves under: fresh, so that an equal graph saves anew."""
    return f"kt/{attempt}/out"


def is_input_name(value: object) -> bool:
    """Return whether a load node reads a file that we brought, and from nowhere else."""
    return isinstance(value, str) and _INPUT.fullmatch(value) is not None


def is_save_prefix(value: object) -> bool:
    """Return whether a save node saves under an attempt of ours."""
    return isinstance(value, str) and _PREFIX.fullmatch(value) is not None
