"""Names of files on a node, which never hold a word of a user."""

import re
from collections.abc import Mapping
from uuid import UUID

_INPUT = re.compile(r"kt/[0-9a-f]{64}\.[a-z0-9]{2,5}")
_PREFIX = re.compile(r"kt/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/out")
# The folder of a node's models in which an input of a loader finds its files.
MODEL_FOLDERS: Mapping[tuple[str, str], str] = {
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
    """Return the prefix that an attempt saves under.

    It differs in each attempt: a node takes an equal save node from its cache, and writes no file.
    """
    return f"kt/{attempt}/out"


def is_input_name(value: object) -> bool:
    """Return True if a load node reads a file that we uploaded."""
    return isinstance(value, str) and _INPUT.fullmatch(value) is not None


def is_save_prefix(value: object) -> bool:
    """Return True if a save node saves under the id of an attempt."""
    return isinstance(value, str) and _PREFIX.fullmatch(value) is not None
