"""The engines file names families and routes; what is wrong in it is said with its place."""

import re
from pathlib import Path

import pytest

from workers.engines.comfyui.graphs.engines_file import EnginesFileInvalid, read_engines_file

ROOT = Path(__file__).parents[3]
SDXL = '[families.sdxl]\ncheckpoint = "a.safetensors"\n'


def write_engines_file(folder: Path, text: str) -> Path:
    file = folder / "engines.toml"
    file.write_text(text)
    return file


def test_the_file_of_the_page_is_one_that_works(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "engines.md").read_text()
    first = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert first is not None
    engines = read_engines_file(write_engines_file(tmp_path, first[1]))
    film = engines.families[engines.routes["video.extend"]]
    assert (film.max_pixel_frames, film.patience) == (250_000_000, 2)
    assert not film.planning.heeds_negative_prompt
    picture = engines.families[engines.routes["image.generate"]]
    assert (picture.planning.steps, picture.max_pixel_frames, picture.patience) == (25, None, 1)
    assert "image.edit" not in engines.routes


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[families", "engines.toml: "),
        ("[family.sdxl]", "engines.toml: family: Extra inputs"),
        ("[families.sdxl]", "families.sdxl.checkpoint: Field required"),
        ('[families.sdxl]\ncheckpoint = ""', "families.sdxl.checkpoint: String should have"),
        (SDXL + "max_pixel_frames = 0", "families.sdxl.max_pixel_frames: Input should be greater"),
        (SDXL + "patience = 11", "families.sdxl.patience: Input should be less than or equal to"),
        (SDXL + "steps = 4", "families.sdxl.steps: Extra inputs"),
        ("[families.wan]", "families.wan: the families are sdxl, flux"),
        ('[routes]\n"image.generate" = "sdxl"', "routes.image.generate: there is no family sdxl"),
        (SDXL + '[routes]\n"image.edit" = "sdxl"', "image.edit: sdxl does only image.generate"),
        (SDXL + '[routes]\n"image.paint" = "sdxl"', "image.paint: sdxl does only image.generate"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(EnginesFileInvalid) as refused:
        read_engines_file(write_engines_file(tmp_path, text))
    assert told in str(refused.value)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(EnginesFileInvalid, match="No such file"):
        read_engines_file(tmp_path / "none.toml")
