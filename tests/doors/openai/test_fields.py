"""Fields at the OpenAI door: each has its effect or is listed, and a job is as at `/api/v1`."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.doors.openai.errors import UnknownParameter
from gateway.doors.openai.image_fields import EditFields, ImageFields, build_job_body
from gateway.doors.openai.images import GENERATE
from gateway.doors.openai.reading import DoorFields, read_form, read_json
from gateway.media.tasks.base import Plan
from gateway.media.tasks.catalogue import TASKS, read_input
from gateway.media.tasks.prices import PriceTable
from tests.doors.openai.calls import EDITS, GENERATIONS
from tests.gateway import Client, draw_picture, picture_data_uri

JSON = "application/json"
SIDES = st.integers(256, 2048)
NATIVE_INPUTS = st.fixed_dictionaries(
    {"prompt": st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=20)},
    optional={
        "size": st.tuples(SIDES, SIDES),
        "count": st.integers(1, 4),
        "highDetail": st.booleans(),
        "outputFormat": st.sampled_from(["png", "jpeg", "webp"]),
        "seed": st.integers(0, 2**53 - 10),
        "negativePrompt": st.just("text"),
    },
)
# What only decides how an answer looks, or which model's defaults apply.
ANSWER_FIELDS = {"model", "response_format", "stream"}
SAMPLES: dict[str, Any] = {
    "n": 2, "size": "512x512", "quality": "high", "output_format": "webp", "background": "opaque",
    "seed": 5, "negative_prompt": "text", "strict": True, "max_price_usd": "1",
    "project_id": "proj_1", "metadata": {"a": "b"}, "webhook": {"url": "https://example.com"},
    "user": "p", "safety_identifier": "s", "prompt": "an owl", "strength": 0.5,
}  # fmt: skip


def plan(task_input: dict[str, Any]) -> Plan:
    task = TASKS[GENERATE]
    planned: Plan = task.plan(read_input(task, task_input), {}, seed=1, prices=PriceTable())
    return planned


def to_door_fields(native: dict[str, Any]) -> dict[str, Any]:
    """Return the fields by which a client of the door asks for this input."""
    fields = {"prompt": native["prompt"]}
    if "size" in native:
        fields["size"] = "{}x{}".format(*native["size"])
    names = {
        "count": "n", "outputFormat": "output_format", "seed": "seed",
        "negativePrompt": "negative_prompt",
    }  # fmt: skip
    fields |= {door: native[name] for name, door in names.items() if name in native}
    if "highDetail" in native:
        fields["quality"] = "hd" if native["highDetail"] else "standard"
    return fields


@given(NATIVE_INPUTS)
def test_a_job_of_the_door_is_planned_and_priced_as_one_of_the_api(native: dict[str, Any]) -> None:
    fields = to_door_fields(native)
    task_input = {name: value for name, value in native.items() if name != "size"}
    if "size" in native:
        task_input |= dict(zip(("width", "height"), native["size"], strict=True))
    expected = plan(task_input)
    as_form = [(name, str(value)) for name, value in fields.items()]
    for read in (
        read_json(ImageFields, json.dumps(fields).encode(), JSON),
        read_form(EditFields, as_form),
    ):
        assert plan(build_job_body(GENERATE, read, None, {})["input"]) == expected


@given(st.text(min_size=1, max_size=30))
def test_a_field_that_is_not_known_is_refused(name: str) -> None:
    if name in EditFields.model_fields:
        return
    with pytest.raises(UnknownParameter):
        read_form(EditFields, [("prompt", "a fox"), (name, "1")])
    with pytest.raises(UnknownParameter):
        read_json(EditFields, json.dumps({"prompt": "a fox", name: 1}).encode(), JSON)


@pytest.mark.parametrize("model", [ImageFields, EditFields])
def test_every_field_changes_the_job_or_the_answer_or_is_listed(model: type[DoorFields]) -> None:
    usual = build_job_body(GENERATE, ImageFields(prompt="a fox"), None, {})
    for name in model.model_fields:
        value = SAMPLES.get(name, "x")
        if name in ANSWER_FIELDS or name == "mask_mode":
            continue
        fields = EditFields.model_validate({"prompt": "a fox"} | {name: value})
        most_price = fields.max_price_usd
        body = build_job_body(GENERATE, fields, most_price, {})
        listed = name in fields.list_ignored()
        assert (body != usual) != listed or name == "background", name


def test_an_edit_of_a_file_is_the_job_of_the_same_bytes_inline(client: Client) -> None:
    picture = draw_picture(300, 256)
    files = {"image": ("fox.png", picture, "image/png")}
    form = {"prompt": "at night", "seed": "7", "strength": "0.3", "quality": "high", "n": "2"}
    ours = client.http.post(EDITS, data=form, files=files).json()["killatamata"]
    native = client.run_job(
        "image.edit",
        {
            "prompt": "at night", "seed": 7, "strength": 0.3, "highDetail": True, "count": 2,
            "images": [picture_data_uri(300, 256)],
        },
    )  # fmt: skip
    job = client.get_job(ours["job_id"], includeDetails=1)
    assert job["effectiveInput"] == native["effectiveInput"]
    assert job["billing"] == native["billing"]
    assert [each["sha256"] for each in job["outputs"]] == [
        each["sha256"] for each in native["outputs"]
    ]


def test_a_generation_is_the_job_of_the_same_input(client: Client) -> None:
    fields = {"prompt": "a fox", "size": "1000x256", "seed": 7, "quality": "hd"}
    ours = client.http.post(GENERATIONS, json=fields).json()["killatamata"]
    native = client.run_job(
        "image.generate",
        {"prompt": "a fox", "width": 1000, "height": 256, "seed": 7, "highDetail": True},
    )
    job = client.get_job(ours["job_id"], includeDetails=1)
    for name in ("effectiveInput", "inputAdjustments", "billing"):
        assert job[name] == native[name]
