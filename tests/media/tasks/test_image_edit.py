from typing import Any

import pytest

from gateway.media.tasks.base import Family
from gateway.media.tasks.catalogue import TASKS, read_input
from tests.media.tasks.helpers import (
    PRICES,
    SEED,
    build_picture,
    get_refusal,
    list_changes,
    list_warning_codes,
    plan_input,
)

TASK = "image.edit"
ONE = {"prompt": "night", "imageUrl": "asset://ast_1"}
PIXEL = "data:image/png;base64,iVBORw0KGgo="


def test_the_base_gives_the_size_and_appears_once() -> None:
    base = build_picture(1024, 768)
    planned = plan_input(TASK, ONE, {"images": [base]})
    assert planned.effective_input == {
        "prompt": "night",
        "negativePrompt": "",
        "images": [base.describe()],
        "strength": 0.6,
        "width": 1024,
        "height": 768,
        "count": 1,
        "highDetail": False,
        "outputFormat": "png",
        "seed": SEED,
        "steps": 20,
    }
    assert (planned.price.microusd, planned.queue) == (30_000, "image")
    assert planned.pixel_frames == 1024 * 768
    assert planned.run_limit_seconds == 300


@pytest.mark.parametrize(
    ("base", "effective"),
    [
        ((1000, 1000), (1008, 1008)),
        ((4096, 3072), (2048, 1536)),
        ((3000, 2000), (2048, 1360)),
        ((128, 192), (256, 384)),
        ((64, 512), (256, 2048)),
        ((300, 2047), (304, 2048)),
    ],
)
def test_a_base_off_the_grid_or_the_range_is_resized_in_its_shape_and_said(
    base: tuple[int, int], effective: tuple[int, int]
) -> None:
    planned = plan_input(TASK, ONE, {"images": [build_picture(*base)]})
    size = (planned.effective_input["width"], planned.effective_input["height"])
    assert size == effective
    before, after = f"{base[0]}x{base[1]}", f"{effective[0]}x{effective[1]}"
    assert list_changes(planned) == [("imageUrl", before, after, "source_resized")]


@pytest.mark.parametrize("base", [(64, 528), (8192, 64)])
def test_a_base_of_extreme_shape_needs_a_size(base: tuple[int, int]) -> None:
    problem = get_refusal(TASK, ONE, {"images": [build_picture(*base)]})
    assert (problem.code, problem.field) == ("invalid_input", "input.imageUrl")
    planned = plan_input(
        TASK, ONE | {"width": 512, "height": 512}, {"images": [build_picture(*base)]}
    )
    assert list_changes(planned) == []


def test_an_own_size_goes_to_the_grid() -> None:
    planned = plan_input(
        TASK, ONE | {"width": 1000, "height": 520}, {"images": [build_picture(300, 300)]}
    )
    assert list_changes(planned) == [
        ("width", 1000, 1008, "multiple_of_16"),
        ("height", 520, 528, "multiple_of_16"),
    ]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"imageUrl": "asset://a"}, "imageUrl"),
        ({"image": PIXEL}, "image"),
        ({"imageUrls": ["asset://a"]}, "imageUrls.0"),
        ({"images": [PIXEL]}, "images.0"),
    ],
)
def test_the_base_may_come_in_four_fields_and_is_named_as_written(
    fields: dict[str, Any], path: str
) -> None:
    asked = {"prompt": "a"} | fields
    found = TASKS[TASK].list_references(read_input(TASKS[TASK], asked))
    assert [(ref.field, ref.index, ref.kind, ref.path) for ref in found] == [
        ("images", 0, "image", path)
    ]
    assert (
        list_changes(plan_input(TASK, asked, {"images": [build_picture(1000, 1024)]}))[0][0] == path
    )


def test_only_one_of_the_four_image_fields_is_taken() -> None:
    problem = get_refusal(TASK, ONE | {"images": [PIXEL]})
    assert (problem.code, problem.field) == ("conflicting_input", "input.images")
    problem = get_refusal(TASK, {"prompt": "a"})
    assert (problem.code, problem.field) == ("invalid_input", "input.imageUrl")
    assert "`images`" in problem.next_step


@pytest.mark.parametrize(("given", "missing"), [("width", "height"), ("height", "width")])
def test_half_a_size_is_refused(given: str, missing: str) -> None:
    problem = get_refusal(TASK, ONE | {given: 512}, {"images": [build_picture(512, 512)]})
    assert (problem.code, problem.field) == ("invalid_input", f"input.{missing}")


def test_a_mask_of_another_size_is_resized_and_said() -> None:
    media = {"images": [build_picture(1024, 768)], "mask": [build_picture(512, 512)]}
    planned = plan_input(TASK, ONE | {"maskUrl": "asset://m"}, media)
    assert list_changes(planned) == [("maskUrl", "512x512", "1024x768", "mask_resized")]
    assert planned.effective_input["mask"]["width"] == 512
    inline = plan_input(TASK, ONE | {"mask": PIXEL}, media)
    assert list_changes(inline)[0][0] == "mask"
    fitting = {"images": [build_picture(1024, 768)], "mask": [build_picture(1024, 768)]}
    assert list_changes(plan_input(TASK, ONE | {"maskUrl": "asset://m"}, fitting)) == []


def test_both_masks_exclude_each_other() -> None:
    problem = get_refusal(TASK, ONE | {"maskUrl": "asset://m", "mask": PIXEL})
    assert (problem.code, problem.field) == ("conflicting_input", "input.mask")


@pytest.mark.parametrize("strength", [-0.1, 1.01, "0.5", True])
def test_strength_is_a_number_from_0_to_1(strength: object) -> None:
    assert get_refusal(TASK, ONE | {"strength": strength}).field == "input.strength"


def test_a_family_may_take_fewer_pictures() -> None:
    task = TASKS[TASK]
    asked = read_input(task, {"prompt": "a", "imageUrls": ["asset://a"] * 4})
    media = {"images": [build_picture(1024, 1024)] * 4}
    assert task.plan(asked, media, seed=1, prices=PRICES).price.microusd == 39_000
    with pytest.raises(Exception, match="3 pictures at most"):
        task.plan(asked, media, seed=1, prices=PRICES, family=Family(images=3))


def test_five_pictures_are_too_many() -> None:
    problem = get_refusal(TASK, {"prompt": "a", "imageUrls": ["asset://a"] * 5})
    assert problem.field == "input.imageUrls"


def test_the_price_grows_with_area_references_and_count() -> None:
    asked = {"prompt": "a", "imageUrls": ["asset://a"] * 3, "width": 2048, "height": 2048}
    media = {"images": [build_picture()] * 3}
    planned = plan_input(TASK, asked | {"count": 2, "highDetail": True}, media)
    assert planned.price.microusd == (30_000 + 3 * 15_000 + 2 * 3_000) * 3
    assert planned.price.breakdown.reference_images == 2


def test_an_inert_negative_prompt_is_told() -> None:
    task = TASKS[TASK]
    asked = read_input(task, ONE | {"negativePrompt": "day"})
    media = {"images": [build_picture(512, 512)]}
    family = Family(heeds_negative_prompt=False)
    told = task.plan(asked, media, seed=1, prices=PRICES, family=family)
    assert list_warning_codes(told) == ["negative_prompt_inert"]
