"""The model files of the families: the folder of each on a node, and names to know it by.

ComfyUI tells the names of its files and nothing else of them. So without an engines file a family
is found on a node that has, for each of its fields, a file with a name that people give to such
files.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workers.engines.comfyui.facts import ComfyFacts
from workers.engines.comfyui.graphs.file_names import MODEL_FOLDERS

_OTHER_KINDS = (
    "ltx|flux|refiner|inpaint|svd|video|audio|wan|qwen|cosmos|hunyuan|mochi|lumina|chroma|hidream"
    "|sd3|ace[-_]?step|zero123|edit"
)
_FEW_STEPS = "turbo|lightning|hyper|lcm"
# An SDXL base first, then an SDXL that samples in many steps, then any other image checkpoint.
_SDXL_PATTERNS = (
    r"sd_?xl_base",
    rf"^(?!.*({_OTHER_KINDS}|{_FEW_STEPS})).*xl",
    rf"^(?!.*({_OTHER_KINDS}))",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModelFile:
    """A file that a family loads: the class and input that list it on a node, and its names.

    `usual_name` is taken first. Of other names, in small letters, the first of `patterns` that fits
    decides: regular expressions in order of preference.
    """

    loader: str
    input: str
    usual_name: str
    patterns: tuple[str, ...]
    is_optional: bool = False

    @property
    def usual_path(self) -> str:
        """Return the path of the usual name on a node."""
        return f"models/{MODEL_FOLDERS[self.loader, self.input]}/{self.usual_name}"

    def find_on(self, facts: ComfyFacts) -> str | None:
        """Find the best match among the files of a node; None if there is none."""
        known = facts.classes.get(self.loader)
        loader_input = known.inputs.get(self.input) if known else None
        names = sorted(str(one) for one in loader_input.choices or ()) if loader_input else []
        if self.usual_name in names:
            return self.usual_name
        return next(
            (name for look in self.patterns for name in names if re.search(look, name.lower())),
            None,
        )


def _sdxl_checkpoint() -> KnownModelFile:
    return KnownModelFile(
        loader="CheckpointLoaderSimple",
        input="ckpt_name",
        usual_name="sd_xl_base_1.0.safetensors",
        patterns=_SDXL_PATTERNS,
    )


# By family and field. Of two families for one task the first is taken that has all its files.
FAMILY_FILES: Mapping[str, Mapping[str, KnownModelFile]] = {
    "sdxl": {"checkpoint": _sdxl_checkpoint()},
    "flux": {
        "diffusion_model": KnownModelFile(
            loader="UNETLoader",
            input="unet_name",
            usual_name="flux1-dev.safetensors",
            patterns=(r"^(?!.*(kontext|fill|canny|depth|redux|flux-?2|schnell)).*flux",),
        ),
        "clip_l": KnownModelFile(
            loader="DualCLIPLoader",
            input="clip_name1",
            usual_name="clip_l.safetensors",
            patterns=(r"clip_l",),
        ),
        "t5": KnownModelFile(
            loader="DualCLIPLoader",
            input="clip_name2",
            usual_name="t5xxl_fp8_e4m3fn.safetensors",
            patterns=(r"t5-?_?xxl",),
        ),
        "vae": KnownModelFile(
            loader="VAELoader",
            input="vae_name",
            usual_name="ae.safetensors",
            patterns=(r"(^|/)ae\.", r"flux.*(vae|ae)"),
        ),
    },
    "qwen-image-edit": {
        "diffusion_model": KnownModelFile(
            loader="UNETLoader",
            input="unet_name",
            usual_name="qwen_image_edit_2509_fp8_e4m3fn.safetensors",
            patterns=(r"qwen.*edit",),
        ),
        "text_encoder": KnownModelFile(
            loader="CLIPLoader",
            input="clip_name",
            usual_name="qwen_2.5_vl_7b_fp8_scaled.safetensors",
            patterns=(r"qwen.*2.?5.*vl",),
        ),
        "vae": KnownModelFile(
            loader="VAELoader",
            input="vae_name",
            usual_name="qwen_image_vae.safetensors",
            patterns=(r"qwen.*vae",),
        ),
        "lightning_lora": KnownModelFile(
            loader="LoraLoaderModelOnly",
            input="lora_name",
            usual_name="Qwen-Image-Edit-2509-Lightning-4steps-V1.0-bf16.safetensors",
            patterns=(r"qwen.*edit.*lightning.*4.?step",),
            is_optional=True,
        ),
    },
    "img2img": {"checkpoint": _sdxl_checkpoint()},
    "esrgan": {
        "upscale_model": KnownModelFile(
            loader="UpscaleModelLoader",
            input="model_name",
            usual_name="4x-UltraSharp.pth",
            patterns=(r"4x|x4", r""),
        )
    },
    "ltx-2.3": {
        "checkpoint": KnownModelFile(
            loader="CheckpointLoaderSimple",
            input="ckpt_name",
            usual_name="ltx-2.3-22b-dev-fp8.safetensors",
            patterns=(r"ltx-?_?2\.3.*dev", r"^(?!.*distilled).*ltx-?_?2\.3"),
        ),
        "text_encoder": KnownModelFile(
            loader="LTXAVTextEncoderLoader",
            input="text_encoder",
            usual_name="gemma_3_12B_it_fp4_mixed.safetensors",
            patterns=(r"gemma_?-?3.*12b",),
        ),
        "distilled_lora": KnownModelFile(
            loader="LoraLoaderModelOnly",
            input="lora_name",
            usual_name="ltx_2.3_22b_distilled_1.1_lora_dynamic_fro09_avg_rank_111_bf16.safetensors",
            patterns=(r"ltx-?_?2\.3.*distilled.*lora",),
        ),
        "latent_upscaler": KnownModelFile(
            loader="LatentUpscaleModelLoader",
            input="model_name",
            usual_name="ltx-2.3-spatial-upscaler-x2-1.1.safetensors",
            patterns=(r"ltx-?_?2\.3.*spatial.*x2",),
        ),
    },
    "ace-step": {
        "checkpoint": KnownModelFile(
            loader="CheckpointLoaderSimple",
            input="ckpt_name",
            usual_name="ace_step_v1_3.5b.safetensors",
            patterns=(r"ace[-_]?step.*3\.5b",),  # the 1.5 models have other nodes
        )
    },
    "stable-audio": {
        "checkpoint": KnownModelFile(
            loader="CheckpointLoaderSimple",
            input="ckpt_name",
            usual_name="stable-audio-open-1.0.safetensors",
            patterns=(r"^(?!.*small).*stable[-_]?audio.*open",),
        ),
        "text_encoder": KnownModelFile(
            loader="CLIPLoader",
            input="clip_name",
            usual_name="t5-base.safetensors",
            patterns=(r"(^|/)t5[-_]?base",),
        ),
    },
}


@dataclass(frozen=True, slots=True)
class FamilyFiles:
    """The files of a family on a node: names by field, and paths of those that are missing."""

    names: Mapping[str, str]
    missing: tuple[str, ...]


def find_family_files(family: str, facts: ComfyFacts) -> FamilyFiles:
    """Find the files of a family on a node."""
    files = FAMILY_FILES[family]
    names = {
        field: name for field, file in files.items() if (name := file.find_on(facts)) is not None
    }
    return FamilyFiles(names, tuple(_list_missing(files, names)))


def _list_missing(files: Mapping[str, KnownModelFile], names: Mapping[str, str]) -> Iterator[str]:
    for field, file in files.items():
        if field not in names and not file.is_optional:
            yield file.usual_path
