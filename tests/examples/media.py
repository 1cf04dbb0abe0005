"""Jobs: priced, submitted, followed, made, kept, canceled; and what tells of them."""

from typing import Any

from gateway.kit.clock import DAY
from gateway.media.tasks.catalogue import TASKS, get_example_input
from tests.examples.people import Cast
from tests.examples.recorder import Recorder
from tests.examples.world import START

FOX = {"prompt": "cinematic fox astronaut", "width": 1024, "height": 1024}
FILM = {
    "prompt": "the fox opens the hatch and steps out into drifting red dust",
    "width": 256,
    "height": 256,
    "durationFrames": 25,
}


async def price(recorder: Recorder, cast: Cast) -> str:
    """Read a task and request a quote; return its id."""
    await recorder.call("listTasks", cast.visitor, query={"task": "image.generate"})
    items = [{"task": "image.generate", "input": FOX}, {"task": "video.generate", "input": FILM}]
    quote = await recorder.call("quoteJobs", cast.agent, body={"items": items})
    found: str = quote["quoteId"]
    return found


async def make(recorder: Recorder, cast: Cast, project_id: str) -> dict[str, str]:
    """Submit a picture and a film, follow them, and run both; return the ids of their jobs."""
    agent, world = cast.agent, recorder.world
    quote_id = await price(recorder, cast)
    body = {"task": "image.generate", "input": FOX}
    key = {"X-Idempotency-Key": "fox-astronaut-1"}
    picture = await recorder.call("submitJob", agent, "image.generate", body=body, headers=key)
    await recorder.call("submitJob", agent, "dryRun", query={"dryRun": True}, body=body)
    limits = body | {
        "quoteId": quote_id,
        "maxPriceUsd": "0.05",
        "queueTimeoutSeconds": 3600,
        "deadlineSeconds": 600,
        "metadata": {"scene": "opening"},
        "projectId": project_id,
        "webhook": {"url": world.outside.receiver.url, "events": ["job.started", "job.completed"]},
    }
    limited = await recorder.call("submitJob", agent, "withLimits", body=limits)
    await recorder.call("submitJob", agent, "replayed", body=body, headers=key)
    short = {"task": "video.generate", "input": FILM}
    film = await recorder.ask_quietly("submitJob", agent, body=short)
    asked = {"jobId": picture["jobId"]}
    await recorder.call("getJob", agent, "queued", query=asked)
    await recorder.call("cancelJob", agent, body=asked)
    await world.work()
    await recorder.refuse("job_finished", "cancelJob", agent, body={"jobId": limited["jobId"]})
    made = {"limited": limited["jobId"], "film": film["jobId"], "canceled": picture["jobId"]}
    await look(recorder, cast, made, project_id)
    return made


async def look(recorder: Recorder, cast: Cast, made: dict[str, str], project_id: str) -> None:
    """Read jobs one by one, in pages, as a stream and in sums."""
    agent = cast.agent
    one = {"jobId": made["limited"], "includeDetails": True, "waitSeconds": 1, "sinceVersion": 1}
    await recorder.call("getJob", agent, "succeeded", query=one)
    known = {"If-None-Match": recorder.etag}
    await recorder.call("getJob", agent, "unchanged", query=one, headers=known)
    await recorder.call("watchJob", agent, query={"jobId": made["limited"]})
    page = await recorder.call("getJob", agent, "page", query={"limit": 1})
    filters = {
        "status": "succeeded",
        "task": "image.generate",
        "projectId": project_id,
        "createdAfter": START,
        "createdBefore": START + DAY,
    }
    await recorder.call("getJob", agent, "filtered", query=filters)
    await recorder.call("getJob", agent, "nextPage", query={"cursor": page["nextCursor"]})
    ready = {"Prefer": "wait=1"}
    again = {"task": "image.generate", "input": FOX}
    waiting = await recorder.call("submitJob", agent, "wait", body=again, headers=ready)
    await recorder.ask_quietly("cancelJob", agent, body={"jobId": waiting["jobId"]})
    await recorder.call("getUsage", agent, query={"groupBy": "task"})
    days = {"groupBy": "task", "from": "2026-11-25", "to": "2026-11-25"}
    await recorder.call("getUsage", agent, "csv", query=days, headers={"Accept": "text/csv"})
    preview = {"ref": f"job://{made['film']}/0", "frames": 4}
    await recorder.call("getPreview", agent, query=preview)


async def submit_each_task(
    recorder: Recorder, cast: Cast, made: dict[str, str], asset_id: str
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
        job = await recorder.call("submitJob", cast.agent, task, body=body)
        await recorder.ask_quietly("cancelJob", cast.agent, body={"jobId": job["jobId"]})


async def hooks(recorder: Recorder, cast: Cast) -> None:
    """Receive the webhooks of a job, read their deliveries, and test a receiver."""
    world, agent = recorder.world, cast.agent
    await world.sweep()
    received = [await world.outside.receiver.got() for _ in range(2)]
    for message in sorted(received, key=lambda each: b"job.completed" in each.body):
        recorder.keep_webhook(message)  # they may arrive in any order
    await recorder.call("testWebhook", agent, body={"url": world.outside.receiver.url})
    recorder.keep_webhook(await world.outside.receiver.got())
    await recorder.call("getWebhooks", cast.owner)
    await recorder.call("rotateWebhookSecret", cast.owner)
    page = await recorder.call("listWebhookDeliveries", agent, query={"limit": 1})
    last = page["data"][0]
    filters = {"jobId": last["jobId"], "status": "delivered", "cursor": page["nextCursor"]}
    await recorder.call("listWebhookDeliveries", agent, "filtered", query=filters)
    again = {"deliveryId": last["deliveryId"]}
    await recorder.call("redeliverWebhook", agent, body=again)
