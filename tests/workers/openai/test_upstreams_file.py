"""The engines file names servers and families on them; what is wrong is said with its place."""

import re
from pathlib import Path

import pytest

from gateway.media.tasks.base import SizeGrid
from gateway.media.tasks.catalogue import TASKS
from workers.engines.comfyui.graphs.engines_file import EnginesFileInvalid, read_engines_file
from workers.engines.openai.upstreams import read_upstreams

ROOT = Path(__file__).parents[3]
SERVER = '[upstreams.omni-1]\ndialect = "vllm-omni"\nurl = "http://10.0.0.5:8091/v1"\n'
FAMILY = '[families.wan]\nupstreams = ["omni-1"]\ntask = "video.generate"\nmodel = "wan"\n'
PICTURES = '[families.pic]\nupstreams = ["omni-1"]\ntask = "image.generate"\nmodel = "pic"\n'
SDXL = '[families.sdxl]\ncheckpoint = "a.safetensors"\n'


def write_engines_file(folder: Path, text: str) -> Path:
    file = folder / "engines.toml"
    file.write_text(text)
    return file


def test_the_file_of_the_page_is_one_that_works(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "openai-engines.md").read_text()
    first = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert first is not None
    family = read_upstreams(write_engines_file(tmp_path, first[1]))["omni-1"].families[
        "video.generate"
    ]
    assert (family.name, family.steps, family.most_frames) == ("wan", 40, 121)


def test_a_file_may_have_servers_beside_comfyui(tmp_path: Path) -> None:
    more = 'takes = ["seed"]\nsteps = 40\nsizes = { min = 256, max = 1280, step = 64 }\n'
    limits = "frames = { max = 121 }\nguidance = 4.5\n"
    cost = 'max_inflight = 4\ncost = { second = "0.012" }\n'
    routes = '[routes]\n"image.generate" = "sdxl"\n"video.generate" = "wan"\n'
    file = write_engines_file(tmp_path, SERVER + cost + FAMILY + more + limits + SDXL + routes)
    assert [*read_engines_file(file).families] == ["sdxl"]
    upstream = read_upstreams(file)["omni-1"]
    family = upstream.families["video.generate"]
    assert (upstream.max_inflight, family.planning.makes_sound) == (4, False)
    assert family.planning.sizes == SizeGrid(least=256, most=1280, step=64)
    assert family.planning.bound is not None
    assert {"seed", "steps", "prompt"} <= family.planning.bound
    assert upstream.cost is not None
    assert upstream.cost.compute({"durationFrames": 121, "fps": 24}, 1) == 60_500
    assert upstream.families.keys() <= TASKS.keys()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[upstreams.a]\ndialect = "x"\nurl = "http://h"', "upstreams.a.dialect: Value error, the"),
        ('[upstreams.a]\ndialect = "vllm-omni"\nurl = "ftp://h"', "upstreams.a.url"),
        ('[upstreams.a]\ndialect = "vllm-omni"\nurl = "http://169.254.1.1"', "is link-local"),
        ('[upstreams.a]\ndialect = "vllm-omni"\nurl = "http://[fe80::1]"', "is link-local"),
        (
            '[upstreams.a]\ndialect = "openai"\nurl = "http://:hush@h"',
            "upstreams.a.url: Value error, an address is http://host:port, without",
        ),
        (SERVER + 'cost = { second = "0.1", image = "1" }', "give one of second, image"),
        (SERVER + 'cost = { second = "1e3" }', "must be dollars as a decimal string"),
        (SERVER + 'key = "secret"', "upstreams.omni-1.key: Extra inputs"),
        (SERVER + "max_inflight = 0", "upstreams.omni-1.max_inflight: Input should be greater"),
        (SERVER.replace("omni-1", "sandbox"), "upstreams.sandbox: 'sandbox' is no valid node name"),
        (FAMILY, "families.wan.upstreams: there is no upstream omni-1"),
        (SERVER + FAMILY.replace("video.generate", "video.upscale"), "families.wan.task: Value"),
        (SERVER + FAMILY + 'takes = ["mask"]', "takes for video.generate generateAudio, neg"),
        (SERVER + FAMILY + 'sizes = ["big"]', 'families.wan.sizes: a list has sizes as "1024x768"'),
        (
            SERVER + FAMILY + 'sizes = ["832x480"]',
            "families.wan.sizes: the sides are multiples of 64",
        ),
        (SERVER + FAMILY + "sizes = { min = 65, max = 127 }", "no multiple of 64 is from min to"),
        (SERVER + FAMILY + "steps = 201", "families.wan.steps: vllm-omni makes 200 at most"),
        (SERVER + PICTURES + "steps = 134", "families.pic.steps: vllm-omni makes 200 at most"),
        (SERVER + FAMILY + "guidance = 21", "families.wan.guidance: vllm-omni takes 20"),
        (SERVER.replace("vllm-omni", "openai") + PICTURES + "guidance = 1", "openai takes none"),
        (SERVER.replace("vllm-omni", "dynamo") + FAMILY, "dynamo needs them for video.generate"),
        (SERVER + FAMILY + "frames = { max = 8 }", "families.wan.frames.max: Input should be"),
        (SERVER + PICTURES + PICTURES.replace("pic", "art"), "routes.image.generate: name one of"),
    ],
)
def test_a_wrong_server_or_family_is_refused_with_the_place(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(EnginesFileInvalid) as refused:
        read_upstreams(write_engines_file(tmp_path, text))
    assert told in str(refused.value)
    assert "hush" not in str(refused.value)


def test_a_key_comes_from_the_environment_or_its_absence_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KT_UPSTREAM_OMNI_1", raising=False)
    file = write_engines_file(tmp_path, SERVER + 'key_env = "KT_UPSTREAM_OMNI_1"')
    with pytest.raises(EnginesFileInvalid, match="KT_UPSTREAM_OMNI_1 is not set"):
        read_upstreams(file)["omni-1"].read_key()
    monkeypatch.setenv("KT_UPSTREAM_OMNI_1", "hush")
    assert read_upstreams(file)["omni-1"].read_key() == "hush"
