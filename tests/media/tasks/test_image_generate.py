import pytest

from gateway.media.tasks.base import Family
from gateway.media.tasks.catalogue import TASKS, read_input
from tests.media.tasks.helpers import (
    PRICES,
    SEED,
    get_refusal,
    list_changes,
    list_warning_codes,
    plan_input,
)

TASK = "image.generate"


def test_what_is_left_out_is_filled_in_and_no_adjustment() -> None:
    planned = plan_input(TASK, {"prompt": "a fox"})
    assert planned.effective_input == {
        "prompt": "a fox",
        "negativePrompt": "",
        "width": 1024,
        "height": 1024,
        "count": 1,
        "highDetail": False,
        "outputFormat": "png",
        "seed": SEED,
        "steps": 20,
    }
    assert list_changes(planned) == []
    assert (planned.queue, planned.run_limit_seconds, planned.pixel_frames) == ("image", 300, 2**20)


@pytest.mark.parametrize(
    ("width", "effective"),
    [(256, 256), (263, 256), (264, 272), (1016, 1024), (1015, 1008), (2047, 2048), (2048, 2048)],
)
def test_sizes_move_to_the_nearest_multiple_of_16_ties_up(width: int, effective: int) -> None:
    planned = plan_input(TASK, {"prompt": "a", "width": width, "height": 512})
    assert planned.effective_input["width"] == effective
    moved = [("width", width, effective, "multiple_of_16")]
    assert list_changes(planned) == (moved if width != effective else [])


@pytest.mark.parametrize(
    ("ratio", "size"),
    [
        ("1:1", (1024, 1024)),
        ("16:9", (1360, 768)),
        ("9:16", (768, 1360)),
        ("4:3", (1152, 864)),
        ("3:4", (864, 1152)),
        ("3:2", (1248, 832)),
        ("2:3", (832, 1248)),
        ("21:9", (1536, 656)),
    ],
)
def test_a_shape_is_a_size_on_the_grid_of_one_megapixel_at_most(
    ratio: str, size: tuple[int, int]
) -> None:
    planned = plan_input(TASK, {"prompt": "a", "aspectRatio": ratio})
    effective = planned.effective_input
    assert (effective["width"], effective["height"]) == size
    assert size[0] % 16 == size[1] % 16 == 0
    assert size[0] * size[1] <= 1_048_576
    assert list_changes(planned) == []
    assert planned.price.microusd == 20_000


@pytest.mark.parametrize("size", [{"width": 512}, {"height": 512}, {"width": 512, "height": 512}])
def test_a_shape_and_a_size_exclude_each_other(size: dict[str, int]) -> None:
    problem = get_refusal(TASK, {"prompt": "a", "aspectRatio": "1:1"} | size)
    assert (problem.code, problem.field) == ("conflicting_input", "input.aspectRatio")


@pytest.mark.parametrize(("given", "missing"), [("width", "height"), ("height", "width")])
def test_half_a_size_is_refused(given: str, missing: str) -> None:
    problem = get_refusal(TASK, {"prompt": "a", given: 512})
    assert (problem.code, problem.field) == ("invalid_input", f"input.{missing}")


@pytest.mark.parametrize(
    ("field", "value", "hint"),
    [
        ("width", 255, "The nearest valid value is 256."),
        ("width", 2049, "The nearest valid value is 2048."),
        ("count", 0, "The nearest valid value is 1."),
        ("count", 5, "The nearest valid value is 4."),
        ("seed", -1, "The nearest valid value is 0."),
        ("seed", 2**53, f"The nearest valid value is {2**53 - 1}."),
        ("aspectRatio", "16x9", "Did you mean `16:9`?"),
        ("outputFormat", "jpg", "Did you mean `jpeg`?"),
    ],
)
def test_a_value_outside_its_limits_is_refused_with_the_nearest(
    field: str, value: object, hint: str
) -> None:
    problem = get_refusal(TASK, {"prompt": "a", "width": 512, "height": 512} | {field: value})
    assert (problem.status, problem.code) == (422, "invalid_input")
    assert (problem.field, problem.next_step) == (f"input.{field}", hint)


@pytest.mark.parametrize("prompt", ["", "a" * 4001, "a\x00b", "a\x1bb", "a\x85b", None, 7])
def test_a_prompt_is_plain_text_of_4000_characters_at_most(prompt: object) -> None:
    assert get_refusal(TASK, {"prompt": prompt}).field == "input.prompt"


def test_a_prompt_may_have_tabs_and_lines() -> None:
    text = "a\tb\r\n" + "c" * 3995
    assert plan_input(TASK, {"prompt": text}).effective_input["prompt"] == text


def test_the_seed_of_the_client_is_kept() -> None:
    assert plan_input(TASK, {"prompt": "a", "seed": 0}).effective_input["seed"] == 0


def test_a_seed_needs_room_for_all_pictures() -> None:
    problem = get_refusal(TASK, {"prompt": "a", "seed": 2**53 - 3, "count": 4})
    assert problem.field == "input.seed"
    assert str(2**53 - 4) in problem.next_step
    fits = plan_input(TASK, {"prompt": "a", "seed": 2**53 - 4, "count": 4})
    assert fits.effective_input["seed"] == 2**53 - 4


def test_a_chosen_seed_leaves_room_for_all_pictures() -> None:
    task = TASKS[TASK]
    asked = read_input(task, {"prompt": "a", "count": 4})
    planned = task.plan(asked, {}, seed=2**53 - 1, prices=PRICES)
    assert planned.effective_input["seed"] == 2**53 - 4


@pytest.mark.parametrize(("steps", "detailed"), [(20, 30), (25, 38), (4, 6)])
def test_high_detail_is_half_as_many_steps_again_and_half_the_price_again(
    steps: int, detailed: int
) -> None:
    task = TASKS[TASK]
    asked = read_input(task, {"prompt": "a", "highDetail": True})
    planned = task.plan(asked, {}, seed=SEED, prices=PRICES, family=Family(steps=steps))
    assert planned.effective_input["steps"] == detailed
    assert planned.price.microusd == 30_000
    assert planned.price.breakdown.multipliers == {"highDetail": "1.5"}


def test_a_negative_prompt_that_does_nothing_is_told() -> None:
    task = TASKS[TASK]
    asked = read_input(task, {"prompt": "a", "negativePrompt": "text"})
    inert = task.plan(
        asked, {}, seed=SEED, prices=PRICES, family=Family(heeds_negative_prompt=False)
    )
    assert list_warning_codes(inert) == ["negative_prompt_inert"]
    assert list_warning_codes(task.plan(asked, {}, seed=SEED, prices=PRICES)) == []


def test_a_large_picture_says_its_own_price() -> None:
    planned = plan_input(TASK, {"prompt": "a", "width": 2048, "height": 2048, "count": 2})
    assert planned.price.breakdown.model_dump() == {
        "unit": "image",
        "quantity": "2",
        "unitPriceUsd": "0.05",
        "unitPriceMicrousd": 50_000,
    }
