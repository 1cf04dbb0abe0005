"""The model files of the families: the folder of each on a node, and names to know it by.

ComfyUI tells the names of its files and nothing else of them. So without an engines file a family
is found on a node that has, for each of its fields, a file with a name that people give to such
files.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workers.engines.comfyui.facts import Facts
from workers.engines.comfyui.graphs.names import FOLDERS

_OTHER_KINDS = (
    "ltx|flux|refiner|inpaint|svd|video|audio|wan|qwen|cosmos|hunyuan|mochi|lumina|chroma|hidream"
    "|sd3|ace[-_]?step|zero123|edit"
)
_FEW_STEPS = "turbo|lightning|hyper|lcm"
# An SDXL base first, then an SDXL that samples in many steps, then any other image checkpoint.
_PAINTS = (
    r"sd_?xl_base",
    rf"^(?!.*({_OTHER_KINDS}|{_FEW_STEPS})).*xl",
    rf"^(?!.*({_OTHER_KINDS}))",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A file that a family loads: the class and input that list it on a node, and its names.

    `usual` is taken first. Of other names, in small letters, the first of `looks` that fits
    decides: regular expressions in order of preference.
    """

    loader: str
    input: str
    usual: str
    looks: tuple[str, ...]
    optional: bool = False

    @property
    def place(self) -> str:
        """Return the path of the usual name on a node."""
        return f"models/{FOLDERS[self.loader, self.input]}/{self.usual}"

    def on(self, facts: Facts) -> str | None:
        """Find the best match among the files of a node; None if there is none."""
        known = facts.classes.get(self.loader)
        loader_input = known.inputs.get(self.input) if known else None
        names = sorted(str(one) for one in loader_input.choices or ()) if loader_input else []
        if self.usual in names:
            return self.usual
        return next(
            (name for look in self.looks for name in names if re.search(look, name.lower())), None
        )


def _paints() -> ModelFile:
    return ModelFile(
        loader="CheckpointLoaderSimple",
        input="ckpt_name",
        usual="sd_xl_base_1.0.safetensors",
        looks=_PAINTS,
    )


# By family and field. Of two families for one task the first is taken that has all its files.
FILES: Mapping[str, Mapping[str, ModelFile]] = {
    "sdxl": {"checkpoint": _paints()},
    "flux": {
        "diffusion_model": ModelFile(
            loader="UNETLoader",
            input="unet_name",
            usual="flux1-dev.safetensors",
            looks=(r"^(?!.*(kontext|fill|canny|depth|redux|flux-?2|schnell)).*flux",),
        ),
        "clip_l": ModelFile(
            loader="DualCLIPLoader",
            input="clip_name1",
            usual="clip_l.safetensors",
            looks=(r"clip_l",),
        ),
        "t5": ModelFile(
            loader="DualCLIPLoader",
            input="clip_name2",
            usual="t5xxl_fp8_e4m3fn.safetensors",
            looks=(r"t5-?_?xxl",),
        ),
        "vae": ModelFile(
            loader="VAELoader",
            input="vae_name",
            usual="ae.safetensors",
            looks=(r"(^|/)ae\.", r"flux.*(vae|ae)"),
        ),
    },
    "qwen-image-edit": {
        "diffusion_model": ModelFile(
            loader="UNETLoader",
            input="unet_name",
            usual="qwen_image_edit_2509_fp8_e4m3fn.safetensors",
            looks=(r"qwen.*edit",),
        ),
        "text_encoder": ModelFile(
            loader="CLIPLoader",
            input="clip_name",
            usual="qwen_2.5_vl_7b_fp8_scaled.safetensors",
            looks=(r"qwen.*2.?5.*vl",),
        ),
        "vae": ModelFile(
            loader="VAELoader",
            input="vae_name",
            usual="qwen_image_vae.safetensors",
            looks=(r"qwen.*vae",),
        ),
        "lightning_lora": ModelFile(
            loader="LoraLoaderModelOnly",
            input="lora_name",
            usual="Qwen-Image-Edit-2509-Lightning-4steps-V1.0-bf16.safetensors",
            looks=(r"qwen.*edit.*lightning.*4.?step",),
            optional=True,
        ),
    },
    "img2img": {"checkpoint": _paints()},
    "esrgan": {
        "upscale_model": ModelFile(
            loader="UpscaleModelLoader",
            input="model_name",
            usual="4x-UltraSharp.pth",
            looks=(r"4x|x4", r""),
        )
    },
    "ltx-2.3": {
        "checkpoint": ModelFile(
            loader="CheckpointLoaderSimple",
            input="ckpt_name",
            usual="ltx-2.3-22b-dev-fp8.safetensors",
            looks=(r"ltx-?_?2\.3.*dev", r"^(?!.*distilled).*ltx-?_?2\.3"),
        ),
        "text_encoder": ModelFile(
            loader="LTXAVTextEncoderLoader",
            input="text_encoder",
            usual="gemma_3_12B_it_fp4_mixed.safetensors",
            looks=(r"gemma_?-?3.*12b",),
        ),
        "distilled_lora": ModelFile(
            loader="LoraLoaderModelOnly",
            input="lora_name",
            usual="ltx_2.3_22b_distilled_1.1_lora_dynamic_fro09_avg_rank_111_bf16.safetensors",
            looks=(r"ltx-?_?2\.3.*distilled.*lora",),
        ),
        "latent_upscaler": ModelFile(
            loader="LatentUpscaleModelLoader",
            input="model_name",
            usual="ltx-2.3-spatial-upscaler-x2-1.1.safetensors",
            looks=(r"ltx-?_?2\.3.*spatial.*x2",),
        ),
    },
    "ace-step": {
        "checkpoint": ModelFile(
            loader="CheckpointLoaderSimple",
            input="ckpt_name",
            usual="ace_step_v1_3.5b.safetensors",
            looks=(r"ace[-_]?step.*3\.5b",),  # the 1.5 models have other nodes
        )
    },
    "stable-audio": {
        "checkpoint": ModelFile(
            loader="CheckpointLoaderSimple",
            input="ckpt_name",
            usual="stable-audio-open-1.0.safetensors",
            looks=(r"^(?!.*small).*stable[-_]?audio.*open",),
        ),
        "text_encoder": ModelFile(
            loader="CLIPLoader",
            input="clip_name",
            usual="t5-base.safetensors",
            looks=(r"(^|/)t5[-_]?base",),
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Found:
    """The files of a family on a node: names by field, and paths of those that are missing."""

    names: Mapping[str, str]
    missing: tuple[str, ...]


def found(family: str, facts: Facts) -> Found:
    """Find the files of a family on a node."""
    files = FILES[family]
    names = {field: name for field, file in files.items() if (name := file.on(facts)) is not None}
    return Found(names, tuple(_missing(files, names)))


def _missing(files: Mapping[str, ModelFile], names: Mapping[str, str]) -> Iterator[str]:
    for field, file in files.items():
        if field not in names and not file.optional:
            yield file.place
