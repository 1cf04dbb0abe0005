"""Whatever can be bound to an operator's workflow gets there from a request over HTTP.

`KT_TEST_COMFY_URL=http://… ./test -m slow -k own_workflows` runs the same jobs on a real ComfyUI,
which needs no model for them.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.media.tasks.catalogue import TASKS
from gateway.media.tasks.rules.bindings import list_binding_problems
from tests.fakes.comfyui import FakeComfy
from tests.gateway import assert_problem
from tests.library.files import make_mp4, make_png, make_wav
from tests.workers.comfyui.farm import Farm, RealComfy, serve_farm
from tests.workers.comfyui.own_workflows import Workflow, write_engines_file
from tests.workers.comfyui.test_tasks import to_inline_input
from workers.engines.comfyui.graphs.templates.bindings import (
    BINDINGS_BY_TASK,
    MEDIA_BINDINGS,
    PREFIX_BINDING,
)

pytestmark = pytest.mark.anyio
# The workflows here save pictures and clips; none of them saves sound.
PICTURED = {task: names for task, names in BINDINGS_BY_TASK.items() if task != "audio.generate"}
ASSETS = "/api/v1/studio/assets/upload"
SIDE = {"width": 320, "height": 256}
DRAWN = {"prompt": "a fox", "negativePrompt": "text", "count": 2, "highDetail": True, "seed": 5}
SPOKEN = {"prompt": "a fox", "negativePrompt": "text", "seed": 5, "finalFrameImage": "STILL"}
SOUND = {"referenceAudio": "VOICE", "padAudio": True}
BY_URL = {"finalFrameImageUrl": "STILL_URL", "referenceAudioUrl": "VOICE_URL", "padAudio": True}
CLIP = SPOKEN | SOUND | SIDE | {"durationFrames": 17, "fps": 25, "cameraMotion": "static"}
# Everything that can be bound for a task in one job; what is in capitals stands for media.
WHOLE = {
    "image.generate": DRAWN | SIDE | {"outputFormat": "webp"},
    "image.edit": DRAWN | SIDE | {"image": "STILL", "mask": "STILL", "strength": 0.5},
    "image.upscale": {"image": "STILL", "targetWidth": 640, "targetHeight": 512},
    "video.generate": CLIP | {"startFrameImage": "STILL"},
    "video.extend": SPOKEN | SOUND | {"video": "FILM", "extendFrames": 16, "overlapFrames": 9},
    "video.upscale": {"video": "FILM", "scale": 1.5},
}
# The other ways to say the same.
OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("image.generate", {"prompt": "a fox", "aspectRatio": "1:1"}),
    ("image.edit", {"prompt": "on", "imageUrl": "STILL_URL", "maskUrl": "STILL_URL"}),
    ("image.edit", {"prompt": "on", "imageUrls": ["STILL_URL"], "mask": "STILL"}),
    ("image.edit", {"prompt": "on", "images": ["STILL"], "mask": "STILL", "outputFormat": "webp"}),
    ("image.upscale", {"imageUrl": "STILL_URL", "scale": 4, "outputFormat": "webp"}),
    (
        "video.generate",
        BY_URL | {"prompt": "a fox", "durationSeconds": 1, "startFrameImageUrl": "STILL_URL"},
    ),
    ("video.extend", BY_URL | {"prompt": "on", "videoUrl": "FILM_URL", "extendSeconds": 1}),
    ("video.extend", SPOKEN | SOUND | {"jobId": "JOB", "outputMode": "tail"}),
    ("video.upscale", {"videoUrl": "FILM_URL", "target": "1080p"}),
    ("video.upscale", {"jobId": "JOB"}),
]
# What no binding carries out.
UNBOUND: dict[str, dict[str, Any]] = {"video.generate": {"imageStrength": 0.5}}


@dataclass(frozen=True)
class Form:
    """Workflows for some tasks, jobs with all that they bind, and other ways to say the same."""

    workflows: list[Workflow]
    whole: list[tuple[str, dict[str, Any]]]
    others: list[tuple[str, dict[str, Any]]]


# A clip starts from one frame or from several, so its workflow comes in two forms.
FORMS = {
    "started": Form(
        [Workflow(task, {"overlapFrames"} if "gener" in task else ()) for task in PICTURED],
        [*WHOLE.items()],
        OTHERS,
    ),
    "continued": Form(
        [Workflow("video.generate", {"startFrame"})],
        [("video.generate", CLIP | {"overlapFrameImages": ["STILL"] * 9})],
        [("video.generate", BY_URL | {"prompt": "on", "overlapFrameImageUrls": ["STILL_URL"] * 9})],
    ),
}


@dataclass(frozen=True)
class Place:
    """A gateway with own workflows on one node, and the media that its jobs name."""

    form: Form
    farm: Farm
    node: FakeComfy | RealComfy
    media: dict[str, Any]

    def given(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Return an input with its media in it."""
        if isinstance(value, dict):
            return {name: self.given(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.given(each) for each in value]
        return self.media.get(value, value) if isinstance(value, str) else value


async def _upload_media(client: Farm, folder: Path) -> dict[str, Any]:
    """Give the account a picture, a clip and a voice: as bytes, as assets, as a job's output."""
    projects = await client.http.post("/api/v1/studio/projects", json={"name": "own"})
    film = make_mp4(folder, frames=33, rate=24, size=(320, 256), sound="aac")
    files = {"STILL": (make_png(320, 256), "image/png"), "FILM": (film, "video/mp4")}
    files["VOICE"] = (make_wav(folder), "audio/wav")
    media: dict[str, Any] = {}
    for name, (content, mime_type) in files.items():
        params = {"projectId": projects.json()["projectId"], "filename": name}
        asset = await client.http.post(ASSETS, params=params, content=content)
        media[name] = to_inline_input(content, mime_type)
        media[f"{name}_URL"] = f"asset://{asset.json()['assetId']}"
    joined = await client.make_job("video.combine", videos=[media["FILM"], media["FILM"]])
    return media | {"JOB": joined["jobId"]}


@pytest.fixture(
    scope="module", params=["started", pytest.param("continued", marks=pytest.mark.slow)]
)
async def place(
    request: pytest.FixtureRequest,
    node: FakeComfy | RealComfy,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Place]:
    folder, form = tmp_path_factory.mktemp("own"), FORMS[request.param]
    async with serve_farm(folder, write_engines_file(folder, *form.workflows), gpu=node) as client:
        await client.wait_until_able("gpu", tasks=[each.task for each in form.workflows])
        yield Place(form, client, node, await _upload_media(client, folder))


def test_the_requests_here_use_every_field_that_a_workflow_can_carry_out() -> None:
    used: dict[str, set[str]] = {task: set() for task in PICTURED}
    bound: dict[str, set[str]] = {task: set() for task in PICTURED}
    for form in FORMS.values():
        for task, given in [*form.whole, *form.others]:
            used[task] |= given.keys()
        for workflow in form.workflows:
            bound[workflow.task] |= workflow.bind.keys()
    for task, bindable in PICTURED.items():
        names = {str(field.alias) for field in TASKS[task].model.model_fields.values()}
        asked = dict.fromkeys(names, "asked")
        refused = {lack.field for lack in list_binding_problems(TASKS[task], bindable, asked)}
        assert (used[task], bound[task]) == (names - refused, set(bindable))


@pytest.mark.promise("engines: own-workflows")
@pytest.mark.promise("engines: unbound-refused")
async def test_a_workflow_takes_every_field_that_it_binds_and_no_other(place: Place) -> None:
    for task, given in [*place.form.whole, *place.form.others]:
        answer = await place.farm.dry_run(task, place.given(given))
        assert answer.status_code == 200, (task, given, answer.text)
        for name, value in UNBOUND.get(task, {}).items():
            refused = await place.farm.dry_run(task, place.given(given) | {name: value})
            assert assert_problem(refused, 422, "invalid_input")["field"] == f"input.{name}"


@pytest.mark.slow
@pytest.mark.promise("engines: own-workflows")
async def test_what_is_bound_stands_in_the_workflow_that_the_node_runs(place: Place) -> None:
    for task, given in place.form.whole:
        job = await place.farm.make_job(task, **place.given(given))
        values, output = job["effectiveInput"], job["outputs"][0]
        assert (output["width"], output["height"]) == (values["width"], values["height"])
        if isinstance(place.node, FakeComfy):  # a real one tells nobody what it ran
            workflow = next(each for each in place.form.workflows if each.task == task)
            assert_bound(workflow, place.node.api.node.graphs[-1], values)


def assert_bound(workflow: Workflow, graph: dict[str, Any], values: dict[str, Any]) -> None:
    """Hold a graph that was sent against the values of its job."""
    if workflow.task == "video.extend":
        values["durationFrames"] = values["overlapFrames"] + values["extendFrames"]
    for binding in workflow.bind:
        held = workflow.bound_value(graph, binding)
        if binding == "overlapFrames":
            assert len(graph[held[0]]["inputs"]) == 9
        elif binding in {PREFIX_BINDING, *MEDIA_BINDINGS}:
            assert held.startswith("kt/")
        else:
            assert held == values[binding], (workflow.task, binding)
