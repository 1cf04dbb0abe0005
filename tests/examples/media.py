"""Jobs: priced, submitted, followed, made, kept, canceled; and what tells of them."""

from typing import Any

from gateway.kit.clock import DAY
from gateway.media.tasks.catalogue import TASKS, get_example_input
from tests.examples.people import Cast
from tests.examples.recorder import ExampleRecorder
from tests.examples.world import START

FOX_INPUT = {"prompt": "cinematic fox astronaut", "width": 1024, "height": 1024}
FILM_INPUT = {
    "prompt": "the fox opens the hatch and steps out into drifting red dust",
    "width": 256,
    "height": 256,
    "durationFrames": 25,
}


async def quote_task(recorder: ExampleRecorder, cast: Cast) -> str:
    """Read a task and request a quote; return its id."""
    await recorder.record_call("listTasks", cast.visitor, query={"task": "image.generate"})
    items = [
        {"task": "image.generate", "input": FOX_INPUT},
        {"task": "video.generate", "input": FILM_INPUT},
    ]
    quote = await recorder.record_call("quoteJobs", cast.agent, body={"items": items})
    priced: dict[str, Any] = {"query": {"dryRun": True}, "body": {"items": items[:1]}}
    await recorder.record_call("quoteJobs", cast.agent, "dryRun", **priced)
    found: str = quote["quoteId"]
    return found


async def make_media(recorder: ExampleRecorder, cast: Cast, project_id: str) -> dict[str, str]:
    """Submit a picture and a film, follow them, and run both; return the ids of their jobs."""
    agent, world = cast.agent, recorder.world
    quote_id = await quote_task(recorder, cast)
    body = {"task": "image.generate", "input": FOX_INPUT}
    key = {"X-Idempotency-Key": "fox-astronaut-1"}
    picture = await recorder.record_call(
        "submitJob", agent, "image.generate", body=body, headers=key
    )
    await recorder.record_call("submitJob", agent, "dryRun", query={"dryRun": True}, body=body)
    limits = body | {
        "quoteId": quote_id,
        "maxPriceUsd": "0.05",
        "queueTimeoutSeconds": 3600,
        "deadlineSeconds": 600,
        "metadata": {"scene": "opening"},
        "projectId": project_id,
        "webhook": {
            "url": world.stand_ins.receiver.url,
            "events": ["job.started", "job.completed"],
        },
    }
    limited = await recorder.record_call("submitJob", agent, "withLimits", body=limits)
    await recorder.record_call("submitJob", agent, "replayed", body=body, headers=key)
    short = {"task": "video.generate", "input": FILM_INPUT}
    film = await recorder.call_unrecorded("submitJob", agent, body=short)
    asked = {"jobId": picture["jobId"]}
    await recorder.record_call("getJob", agent, "queued", query=asked)
    await recorder.record_call("cancelJob", agent, body=asked)
    await world.run_due_jobs()
    await recorder.record_refusal(
        "job_finished", "cancelJob", agent, body={"jobId": limited["jobId"]}
    )
    made = {"limited": limited["jobId"], "film": film["jobId"], "canceled": picture["jobId"]}
    await read_jobs(recorder, cast, made, project_id)
    return made


async def read_jobs(
    recorder: ExampleRecorder, cast: Cast, made: dict[str, str], project_id: str
) -> None:
    """Read jobs one by one, in pages, as a stream and in sums."""
    agent = cast.agent
    one = {"jobId": made["limited"], "includeDetails": True, "waitSeconds": 1, "sinceVersion": 1}
    await recorder.record_call("getJob", agent, "succeeded", query=one)
    known = {"If-None-Match": recorder.etag}
    await recorder.record_call("getJob", agent, "unchanged", query=one, headers=known)
    await recorder.record_call("watchJob", agent, query={"jobId": made["limited"]})
    page = await recorder.record_call("getJob", agent, "page", query={"limit": 1})
    filters = {
        "status": "succeeded",
        "task": "image.generate",
        "projectId": project_id,
        "createdAfter": START,
        "createdBefore": START + DAY,
    }
    await recorder.record_call("getJob", agent, "filtered", query=filters)
    await recorder.record_call("getJob", agent, "nextPage", query={"cursor": page["nextCursor"]})
    ready = {"Prefer": "wait=1"}
    again = {"task": "image.generate", "input": FOX_INPUT}
    waiting = await recorder.record_call("submitJob", agent, "wait", body=again, headers=ready)
    await recorder.call_unrecorded("cancelJob", agent, body={"jobId": waiting["jobId"]})
    await recorder.record_call("getUsage", agent, query={"groupBy": "task"})
    days = {"groupBy": "task", "from": "2026-11-25", "to": "2026-11-25"}
    await recorder.record_call("getUsage", agent, "csv", query=days, headers={"Accept": "text/csv"})
    preview = {"ref": f"job://{made['film']}/0", "frames": 4}
    await recorder.record_call("getPreview", agent, query=preview)


async def arrange_outputs(
    recorder: ExampleRecorder, cast: Cast, made: dict[str, str], project_id: str
) -> None:
    """Vary a result, list and search results, name, star, delete and restore them."""
    agent, world = cast.agent, recorder.world
    await recorder.record_call("listPresets", cast.visitor)
    origin = {"jobId": made["limited"], "outputIndex": 0, "relation": "vary"}
    again = FOX_INPUT | {"prompt": "cinematic fox astronaut, golden hour", "count": 2}
    body = {"task": "image.generate", "input": again, "parent": origin}
    body |= {"presetIds": ["style_golden_hour"]}
    varied = await recorder.record_call("submitJob", agent, "varied", body=body)
    await world.run_due_jobs()
    page = await recorder.record_call("listOutputs", agent, query={"limit": 1})
    filters = {"q": "golden fox", "kind": "image", "task": "image.generate", "starred": False}
    filters |= {
        "parentJobId": made["limited"],
        "parentIndex": 0,
        "order": "oldest",
    }
    await recorder.record_call("listOutputs", agent, "filtered", query=filters)
    ending = {"projectId": project_id, "endsBefore": "2026-11-28T00:00:00Z"}
    await recorder.record_call("listOutputs", agent, "ending", query=ending)
    one = {"jobId": made["limited"], "outputIndex": 0}
    await recorder.record_call("listOutputs", agent, "one", query=one)
    await recorder.record_call(
        "listOutputs", agent, "nextPage", query={"limit": 1, "cursor": page["nextCursor"]}
    )
    star = {"outputs": [one], "starred": True, "name": "Fox at the hatch"}
    await recorder.record_call("updateOutputs", agent, body=star)
    last = {"outputs": [{"jobId": varied["jobId"], "outputIndex": 1}]}
    await recorder.record_call("deleteOutputs", agent, body=last)
    await recorder.record_call("restoreOutputs", agent, body=last)
    deleted = await recorder.record_call("deleteOutputs", agent, "again", body=last)
    whole = {"deletedAt": deleted["deletedAt"]}
    await recorder.record_call("restoreOutputs", agent, "ofDeletion", body=whole)
    await recorder.record_call("listPrompts", agent, query={"limit": 2})


async def submit_each_task(
    recorder: ExampleRecorder, cast: Cast, made: dict[str, str], asset_id: str
) -> None:
    """Submit a job of each other task, to record its body; none of these jobs is run."""
    film, picture = made["film"], f"job://{made['limited']}/0"
    references: dict[str, dict[str, Any]] = {
        "image.edit": {"imageUrl": picture},
        "image.upscale": {"imageUrl": picture, "scale": 2},
        "video.generate": {"startFrameImageUrl": f"asset://{asset_id}"},
        "video.extend": {"jobId": film},
        "video.upscale": {"jobId": film, "target": None, "scale": 2},
        "video.combine": {"clips": [{"jobId": film}, {"jobId": film}]},
        "audio.generate": {},
    }
    bodies = {
        task: {
            name: value
            for name, value in (get_example_input(TASKS[task]) | more).items()
            if value is not None
        }
        for task, more in references.items()
    }
    for task, given in bodies.items():
        body = {"task": task, "input": given}
        job = await recorder.record_call("submitJob", cast.agent, task, body=body)
        await recorder.call_unrecorded("cancelJob", cast.agent, body={"jobId": job["jobId"]})


async def receive_webhooks(recorder: ExampleRecorder, cast: Cast) -> None:
    """Receive the webhooks of a job, read their deliveries, and test a receiver."""
    world, agent = recorder.world, cast.agent
    await world.run_sweeps()
    received = [await world.stand_ins.receiver.wait_for_webhook() for _ in range(2)]
    for message in sorted(received, key=lambda each: b"job.completed" in each.body):
        recorder.record_webhook(message)  # they may arrive in any order
    await recorder.record_call("testWebhook", agent, body={"url": world.stand_ins.receiver.url})
    recorder.record_webhook(await world.stand_ins.receiver.wait_for_webhook())
    await recorder.record_call("getWebhooks", cast.owner)
    await recorder.record_call("rotateWebhookSecret", cast.owner)
    page = await recorder.record_call("listWebhookDeliveries", agent, query={"limit": 1})
    last = page["data"][0]
    filters = {"jobId": last["jobId"], "status": "delivered", "cursor": page["nextCursor"]}
    await recorder.record_call("listWebhookDeliveries", agent, "filtered", query=filters)
    again = {"deliveryId": last["deliveryId"]}
    await recorder.record_call("redeliverWebhook", agent, body=again)
