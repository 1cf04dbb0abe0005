"""What `includeDetails=1` tells of a job on a node is what the node itself reported."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.answer_schemas import assert_matches_schema
from tests.fakes.comfyui import FakeComfy
from tests.fakes.comfyui.server import MODEL_FILES
from tests.waiting import await_condition
from tests.workers.comfyui.farm import ENGINES_TOML, MODEL, Farm, RealComfy, serve_farm
from tests.workers.comfyui.own_workflows import Workflow, write_engines_file

pytestmark = pytest.mark.anyio
SMALL = {"prompt": "a fox", "width": 256, "height": 256}
IN_FOLDER = f"clients-of-acme/{MODEL}"
# How the operator of the stand-in started it, and where it keeps what.
SECRETS = ("/opt/", "/srv/", "clients-of-acme", "proxy-token", "main.py")


def hash_id(prompt_id: str) -> str:
    """Return what is shown in place of a node's own id of an attempt."""
    return hashlib.sha256(prompt_id.encode()).hexdigest()[:16]


def shown_graph(sent: dict[str, Any]) -> dict[str, Any]:
    """Return a graph as it is shown: its output has a name without the id of the attempt."""
    inputs = sent["save"]["inputs"]
    return sent | {"save": sent["save"] | {"inputs": inputs | {"filename_prefix": "out"}}}


async def hold(client: Farm, job: dict[str, Any]) -> None:
    """Fail if a job has a field that its OpenAPI schema does not name."""
    document = (await client.http.get("/openapi.json")).json()
    assert_matches_schema(document, "Job", job)


async def until_running(client: Farm, job_id: str) -> None:
    async def is_running() -> bool:
        return [state for _, state, _ in await client.list_attempts(job_id)] == ["running"]

    await await_condition(is_running)


@pytest.mark.promise("jobs: engine-report")
async def test_a_job_tells_what_its_node_reported_and_no_secret_of_its_operator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KT_NODE_TOKENS", "gpu:proxy-token")
    file = ENGINES_TOML.replace(f'checkpoint = "{MODEL}"', f'checkpoint = "{IN_FOLDER}"')
    with FakeComfy(tmp_path / "comfy", models=MODEL_FILES | {IN_FOLDER}) as fake:
        async with serve_farm(tmp_path, file, gpu=fake) as client:
            await client.wait_until_able("gpu")
            job = await client.make_job("image.generate", **SMALL)
            await hold(client, job)
            graph, record = (
                fake.api.node.graphs[-1],
                fake.api.node.history.get(fake.accepted_ids[0]),
            )
    told, seed = job["upstream"], job["effectiveInput"]["seed"]
    assert (told["engine"], told["engineVersion"], told["node"]) == ("comfyui", "0.27.0", "gpu")
    assert (told["python"], told["pytorch"]) == ("3.13.5", "2.15.0+cu132")
    gpu = {"type": "cuda", "name": "NVIDIA GeForce RTX 4090", "vramBytes": 24 * 2**30}
    assert (told["device"], told["promptIdHash"]) == (gpu, hash_id(fake.accepted_ids[0]))
    assert told["models"] == [{"name": MODEL, "folder": "checkpoints"}]
    assert told["result"]["seed"] == seed == graph["sample_0"]["inputs"]["seed"]
    assert told["workflow"]["name"] == "sdxl"
    sent = json.dumps(graph).replace(IN_FOLDER, MODEL)
    assert told["workflow"]["graph"] == shown_graph(json.loads(sent))
    assert record is None  # the node was asked to forget it, and the report is ours
    secrets = (*SECRETS, fake.accepted_ids[0], fake.url, str(tmp_path))
    assert not [secret for secret in secrets if secret in str(job)]


async def test_who_adopts_an_attempt_adds_to_what_was_reported(
    tmp_path: Path, fake: FakeComfy
) -> None:
    fake.set_sample_seconds(1.5)
    async with serve_farm(tmp_path, gpu=fake) as client:
        await client.wait_until_able("gpu")
        job_id = await client.submit_picture("adopted")
        await await_condition(lambda: bool(fake.accepted_ids))
        await until_running(client, job_id)
        key = client.http.headers["x-api-key"]
    async with serve_farm(tmp_path, gpu=fake) as client:
        client.http.headers["x-api-key"] = key
        job = await client.wait_for_end(job_id)
        await hold(client, job)
    assert (job["status"], len(fake.accepted_ids)) == ("succeeded", 1)
    [attempt], told = job["attempts"], job["upstream"]
    assert (attempt["charged"], told["promptIdHash"]) == (True, hash_id(fake.accepted_ids[0]))
    assert told["workflow"]["graph"] == shown_graph(fake.api.node.graphs[-1])
    assert (told["result"]["seed"], told["engineVersion"]) == (7, "0.27.0")
    assert told["timings"]["runMs"] >= 1_500


async def test_an_operators_own_workflow_is_named_and_not_shown(
    tmp_path: Path, node: FakeComfy | RealComfy
) -> None:
    """On a real ComfyUI too: it needs no model."""
    workflow = Workflow("image.generate")
    async with serve_farm(tmp_path, write_engines_file(tmp_path, workflow), gpu=node) as client:
        await client.wait_until_able("gpu")
        job = await client.make_job("image.generate", **SMALL)
        await hold(client, job)
    told = job["upstream"]
    assert told["engineVersion"] >= "0.27.0"
    assert told["python"]
    assert told["pytorch"]
    assert told["device"]["type"]
    assert told["workflow"].keys() == {"name", "sha256"}
    assert told["workflow"]["name"] == "image-generate"
    assert "models" not in told
    assert told["result"]["seed"] == job["effectiveInput"]["seed"]
    assert told["timings"].keys() == {"queuedAt", "startedAt", "endedAt", "queueMs", "runMs"}
    assert node.url not in str(job)
