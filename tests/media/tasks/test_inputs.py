"""Reading an input: references, inline bytes, unknown fields, refusals that do not echo."""

import base64
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from gateway.kit.errors import Problem
from gateway.media.tasks.base import InlineBytes, JobReference, Reference, UrlReference
from gateway.media.tasks.catalogue import (
    TASKS,
    build_input_schema,
    get_example_input,
    get_task,
    read_input,
)
from tests.media.tasks.helpers import SEED, build_clip, plan_input

INLINE_BYTES = 10 * 1024 * 1024
PNG = b"\x89PNG\r\n\x1a\n"
DATA = base64.b64encode(PNG).decode()


def list_references(task: str, **asked: Any) -> list[Reference]:  # noqa: ANN401
    chosen = TASKS[task]
    return chosen.list_references(read_input(chosen, asked))


def get_refusal(task: str, **asked: Any) -> Problem:  # noqa: ANN401
    with pytest.raises(Problem) as caught:
        list_references(task, **asked)
    return caught.value


def test_references_are_named_plainly_and_placed_as_written() -> None:
    found = list_references(
        "video.generate",
        prompt="a",
        overlapFrameImageUrls=["asset://ast_1", "https://x.example/b.webp?sig=1"],
        finalFrameImage=f"data:image/png;base64,{DATA}",
        referenceAudio={"mimeType": "audio/wav", "data": DATA},
    )
    assert found == [
        Reference(
            field="overlapFrameImages",
            index=0,
            kind="image",
            path="overlapFrameImageUrls.0",
            source=UrlReference("asset://ast_1"),
        ),
        Reference(
            field="overlapFrameImages",
            index=1,
            kind="image",
            path="overlapFrameImageUrls.1",
            source=UrlReference("https://x.example/b.webp?sig=1"),
        ),
        Reference(
            field="finalFrameImage",
            index=0,
            kind="image",
            path="finalFrameImage",
            source=InlineBytes("image/png", PNG),
        ),
        Reference(
            field="referenceAudio",
            index=0,
            kind="audio",
            path="referenceAudio",
            source=InlineBytes("audio/wav", PNG),
        ),
    ]


def test_a_job_is_a_reference_of_its_own() -> None:
    (found,) = list_references("video.upscale", jobId="job_01J")
    assert (found.field, found.kind, found.path) == ("video", "video", "jobId")
    assert found.source == JobReference("job_01J")


def test_inline_lists_keep_their_order() -> None:
    found = list_references("image.edit", prompt="a", images=[f"data:image/png;base64,{DATA}"] * 2)
    assert [(ref.field, ref.index, ref.path) for ref in found] == [
        ("images", 0, "images.0"),
        ("images", 1, "images.1"),
    ]


def test_tasks_without_media_name_none() -> None:
    assert list_references("image.generate", prompt="a") == []
    assert list_references("audio.generate", prompt="a") == []


@pytest.mark.parametrize("data", ["\u00c8\u0119", "AAA", "AA=A", "AA\nAA", "____", "AAAA="])
def test_bytes_that_are_not_standard_base64_are_refused(data: str) -> None:
    problem = get_refusal("image.upscale", image=f"data:image/png;base64,{data}")
    assert (problem.code, problem.field) == ("invalid_input", "input.image")
    inline = {"mimeType": "image/png", "data": data.ljust(4)}
    assert get_refusal("image.upscale", image=inline).code == "invalid_input"


def test_inline_bytes_are_at_most_10_mib() -> None:
    full = base64.b64encode(bytes(INLINE_BYTES)).decode()
    (found,) = list_references("image.upscale", image=f"data:image/png;base64,{full}")
    assert isinstance(found.source, InlineBytes)
    assert len(found.source.data) == INLINE_BYTES
    for size in (INLINE_BYTES + 1, INLINE_BYTES + 7):
        over = base64.b64encode(bytes(size)).decode()
        problem = get_refusal("image.upscale", image={"mimeType": "image/png", "data": over})
        assert (problem.status, problem.code) == (422, "media_too_large")
        assert problem.field == "input.image"


@pytest.mark.parametrize(
    "value",
    [
        "asset://ast_1",
        "",
        "data:image/png,abc",
        "data:;base64,AAAA",
        7,
        {"mimeType": "image/png"},
        {"mimeType": "a\x00b", "data": "AAAA"},
        {"mimeType": "image/png", "data": "AAAA", "name": "x"},
    ],
)
def test_an_inline_field_takes_only_bytes(value: object) -> None:
    problem = get_refusal("image.upscale", image=value)
    assert problem.code == "invalid_input"
    assert problem.field is not None
    assert problem.field.startswith("input.image")


def test_a_field_of_inline_bytes_is_named_whole() -> None:
    inline = {"mimeType": "image/png", "date": "AAAA", "data": DATA}
    problem = get_refusal("image.upscale", image=inline)
    assert (problem.field, problem.next_step) == ("input.image.date", "Did you mean `data`?")


@pytest.mark.parametrize(
    "value",
    ["ast_1", "", "//x", "https://x y", "https://\u00e9.example", f"data:image/png;base64,{DATA}"],
)
def test_a_url_field_takes_only_references(value: str) -> None:
    problem = get_refusal("image.upscale", imageUrl=value)
    assert (problem.code, problem.field) == ("invalid_input", "input.imageUrl")


def test_a_data_uri_in_a_url_field_is_sent_to_its_twin() -> None:
    problem = get_refusal("image.upscale", imageUrl=f"data:image/png;base64,{DATA}")
    assert "without `Url`" in problem.detail


def test_null_is_as_good_as_left_out() -> None:
    asked = {"prompt": "a", "width": None, "height": None, "aspectRatio": "1:1", "seed": None}
    assert list_references("image.generate", **asked) == []


def test_several_faults_come_as_a_list_without_the_values() -> None:
    secret = "kt_live_secret"
    problem = get_refusal(
        "image.generate", prompt=7, width=secret, height=100, colour=secret, count=True
    )
    errors = {error["field"]: error["message"] for error in problem.members["errors"]}
    assert errors == {
        "input.prompt": "must be a string",
        "input.width": "must be a whole number",
        "input.height": "must be at least 256",
        "input.count": "must be a whole number",
        "input.colour": "is not a known field",
    }
    assert secret not in str(problem.to_document(instance="/", request_id="rid_1"))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1])
def test_a_number_is_finite_and_inside_its_limits(value: float) -> None:
    problem = get_refusal("image.edit", prompt="a", imageUrl="asset://a", strength=value)
    assert problem.field == "input.strength"


def test_a_given_seed_is_kept_everywhere() -> None:
    assert plan_input("audio.generate", {"prompt": "a", "seed": 7}).effective_input["seed"] == 7
    assert plan_input("audio.generate", {"prompt": "a"}).effective_input["seed"] == SEED
    assert plan_input("video.generate", {"prompt": "a", "seed": 0}).effective_input["seed"] == 0
    media = {"video": [build_clip()]}
    extended = plan_input("video.extend", {"prompt": "a", "jobId": "job_1", "seed": 0}, media)
    assert extended.effective_input["seed"] == 0


@pytest.mark.parametrize(
    ("task", "one", "other"),
    [
        ("image.edit", "imageUrl", "imageUrls"),
        ("image.edit", "maskUrl", "mask"),
        ("image.upscale", "imageUrl", "image"),
        ("video.generate", "startFrameImageUrl", "startFrameImage"),
        ("video.generate", "finalFrameImageUrl", "finalFrameImage"),
        ("video.extend", "videoUrl", "jobId"),
        ("video.extend", "finalFrameImageUrl", "finalFrameImage"),
        ("video.extend", "referenceAudioUrl", "referenceAudio"),
        ("video.upscale", "video", "jobId"),
        ("video.combine", "videoUrls", "clips"),
    ],
)
def test_two_sources_of_one_thing_are_refused_before_anything_is_fetched(
    task: str, one: str, other: str
) -> None:
    values: dict[str, Any] = {
        "jobId": "job_1",
        "clips": [{"jobId": "job_1"}] * 2,
        "imageUrls": ["asset://a"],
        "videoUrls": ["asset://a"] * 2,
    }
    asked: dict[str, Any] = {} if task.endswith(("upscale", "combine")) else {"prompt": "a"}
    asked |= {"imageUrl": "asset://a"} if one == "maskUrl" else {}
    asked |= {"videoUrl": "asset://a"} if task == "video.extend" else {}
    for name in (one, other):
        inline = f"data:a/b;base64,{DATA}"
        asked[name] = values.get(name, "asset://a" if name.endswith("Url") else inline)
    with pytest.raises(Problem) as caught:
        read_input(TASKS[task], asked)
    assert (caught.value.code, caught.value.field) == ("conflicting_input", f"input.{other}")


def test_an_input_cannot_be_changed_after_reading() -> None:
    asked = read_input(TASKS["image.generate"], {"prompt": "a"})
    with pytest.raises(ValueError, match="frozen"):
        asked.prompt = "b"


@pytest.mark.parametrize("task", sorted(TASKS))
def test_a_prompt_of_blanks_is_refused_and_the_schema_says_so(task: str) -> None:
    schema = build_input_schema(TASKS[task])
    if "prompt" not in schema["properties"]:
        return
    blank = get_example_input(TASKS[task]) | {"prompt": " \n\u3000"}
    assert not jsonschema.Draft202012Validator(schema).is_valid(blank)
    with pytest.raises(Problem) as caught:
        read_input(TASKS[task], blank)
    assert (caught.value.field, caught.value.detail) == (
        "input.prompt",
        "`input.prompt` must not be blank.",
    )


def test_a_clip_has_one_longest_time() -> None:
    with pytest.raises(Problem) as caught:
        read_input(TASKS["video.generate"], {"prompt": "a", "durationSeconds": 20.1})
    assert caught.value.next_step == "The nearest valid value is 20."


def test_an_unknown_task_gets_the_nearest_name() -> None:
    for name, hint in (
        ("video.generated", "Did you mean `video.generate`?"),
        ("paint", "Enabled tasks: `image.generate`"),
    ):
        with pytest.raises(Problem) as caught:
            get_task(name, TASKS)
        assert (caught.value.code, caught.value.field) == ("unknown_task", "task")
        assert caught.value.next_step.startswith(hint)


def test_a_task_without_a_pipeline_here_is_not_enabled() -> None:
    with pytest.raises(Problem) as caught:
        get_task("video.generate", enabled={"image.generate"})
    assert caught.value.code == "task_not_enabled"
    assert caught.value.next_step == "Enabled tasks: image.generate."
    assert get_task("audio.generate", enabled={"audio.generate"}).name == "audio.generate"
