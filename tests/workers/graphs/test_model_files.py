"""Without an engines file a node does what it has the files for, and says what it lacks."""

import pytest

from tests.fakes.comfyui.server import MODEL_FILES
from tests.fakes.comfyui.validation import build_object_info
from workers.engines.comfyui.facts import ComfyFacts, read_object_info
from workers.engines.comfyui.graphs.engines_file import BUILT_FAMILIES, find_families_on
from workers.engines.comfyui.graphs.file_names import MODEL_FOLDERS
from workers.engines.comfyui.graphs.model_files import FAMILY_FILES
from workers.engines.comfyui.heartbeats import list_abilities

FLUX = {
    "diffusion_models": "flux1-dev-fp8.safetensors",
    "text_encoders": "clip_l.safetensors t5xxl_fp16.safetensors",
    "vae": "FLUX1/ae.safetensors",
}
FLUX_PLACES = (
    "models/diffusion_models/flux1-dev.safetensors",
    "models/text_encoders/clip_l.safetensors",
    "models/text_encoders/t5xxl_fp8_e4m3fn.safetensors",
    "models/vae/ae.safetensors",
)


def facts_with_files(**folders: str) -> ComfyFacts:
    """Return the facts of a node with these files, by folder."""
    info = build_object_info(set())
    for (loader, name), folder in MODEL_FOLDERS.items():
        for group in info[loader]["input"].values():
            if name in group:
                group[name][1]["options"] = folders.get(folder, "").split()
    return read_object_info(info)


@pytest.mark.promise("engines: families-found")
def test_a_node_with_every_usual_file_does_every_task() -> None:
    able = list_abilities(None, read_object_info(build_object_info(set(MODEL_FILES))))
    assert {task: one.family for task, one in able.items()} == {
        "image.generate": "sdxl",
        "image.edit": "qwen-image-edit",
        "image.upscale": "esrgan",
        "video.generate": "ltx-2.3",
        "video.extend": "ltx-2.3",
        "video.upscale": "esrgan",
        "audio.generate": "ace-step",
    }
    assert [one.lacks for one in able.values()] == [()] * 7


@pytest.mark.parametrize(
    ("names", "checkpoint"),
    [
        ("juggernautXL_v9.safetensors a.safetensors", "juggernautXL_v9.safetensors"),
        ("sd_xl_refiner_1.0.safetensors SDXL/dreamXL.safetensors", "SDXL/dreamXL.safetensors"),
        ("v1-5-pruned.safetensors ltx-2.3-22b-dev.safetensors", "v1-5-pruned.safetensors"),
        ("sdxl_lightning_4step.safetensors dream.safetensors", "dream.safetensors"),
    ],
)
def test_whatever_paints_from_a_prompt_is_taken(names: str, checkpoint: str) -> None:
    engines = find_families_on(facts_with_files(checkpoints=names))
    family = engines.families[engines.routes["image.generate"]]
    assert family == BUILT_FAMILIES["sdxl"].model_validate({"checkpoint": checkpoint})


def test_flux_is_found_in_its_parts_and_needs_them_all() -> None:
    assert find_families_on(facts_with_files(**FLUX)).routes["image.generate"] == "flux"
    for folder in FLUX:
        lacks = list_abilities(None, facts_with_files(**FLUX | {folder: ""}))[
            "image.generate"
        ].lacks
        assert len(lacks) == 2
        assert f"models/{folder}/" in lacks[1]


def test_a_node_without_models_says_which_files_go_where() -> None:
    able = list_abilities(None, facts_with_files(checkpoints="ltx-video-0.9.safetensors"))
    assert able["image.generate"].lacks == (
        "sdxl: models/checkpoints/sd_xl_base_1.0.safetensors",
        f"flux: {', '.join(FLUX_PLACES)}",
    )


def test_the_files_are_the_fields_of_the_families() -> None:
    assert FAMILY_FILES.keys() == BUILT_FAMILIES.keys()
    for name, files in FAMILY_FILES.items():
        assert files.keys() == BUILT_FAMILIES[name].model_fields.keys() - {
            "max_pixel_frames",
            "patience",
        }
        assert all((file.loader, file.input) in MODEL_FOLDERS for file in files.values())
