"""One of each family, and its graphs by task and variant."""

from collections.abc import Iterator

from workers.engines.base import RenderPlan
from workers.engines.comfyui.facts import load_recorded_facts
from workers.engines.comfyui.graphs import Family, Graph, build_graph
from workers.engines.comfyui.graphs.families.esrgan import Esrgan
from workers.engines.comfyui.graphs.families.examples import EXAMPLE_PREFIX
from workers.engines.comfyui.graphs.families.flux import Flux
from workers.engines.comfyui.graphs.families.ltx import Ltx
from workers.engines.comfyui.graphs.families.qwen_image_edit import QwenImageEdit
from workers.engines.comfyui.graphs.families.sdxl import Img2Img, Sdxl
from workers.engines.comfyui.graphs.families.sounds import AceStep, StableAudio

_QWEN = {
    "diffusion_model": "qwen_edit.safetensors",
    "text_encoder": "qwen_vl.safetensors",
    "vae": "qwen_vae.safetensors",
}
FAMILIES: dict[str, Family] = {
    "sdxl": Sdxl(checkpoint="sdxl.safetensors"),
    "flux": Flux(
        diffusion_model="flux.safetensors",
        clip_l="clip_l.safetensors",
        t5="t5.safetensors",
        vae="ae.safetensors",
    ),
    "qwen-image-edit": QwenImageEdit.model_validate(_QWEN),
    "qwen-lightning": QwenImageEdit.model_validate(
        {**_QWEN, "lightning_lora": "lightning.safetensors"}
    ),
    "img2img": Img2Img(checkpoint="sdxl.safetensors"),
    "esrgan": Esrgan(upscale_model="x4.pth"),
    "ltx-2.3": Ltx(
        checkpoint="ltx.safetensors",
        text_encoder="gemma.safetensors",
        distilled_lora="distilled.safetensors",
        latent_upscaler="upscaler.safetensors",
    ),
    "ace-step": AceStep(checkpoint="ace.safetensors"),
    "stable-audio": StableAudio(checkpoint="stable.safetensors", text_encoder="t5.safetensors"),
}


def list_cases() -> Iterator[tuple[str, str, RenderPlan]]:
    """Yield a name, the family's name and the plan of every task, family and variant."""
    for family_name, family in FAMILIES.items():
        for task in sorted(family.tasks):
            for variant, plan in family.examples(task).items():
                yield f"{task}-{family_name}-{variant}", family_name, plan


CASES = {name: (family, plan) for name, family, plan in list_cases()}


def draw_case(name: str, **values: object) -> Graph:
    """Return the graph of a case, with other values in its effective input."""
    family, plan = CASES[name]
    changed = RenderPlan(
        task=plan.task, effective_input={**plan.effective_input, **values}, inputs=plan.inputs
    )
    return build_graph(changed, FAMILIES[family], load_recorded_facts(), EXAMPLE_PREFIX)
