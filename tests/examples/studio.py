"""Projects, assets, texts, storyboards, plans, threads and the agent."""

import struct
import zlib
from typing import Any

from gateway.studio.storyboards.markdown import EXAMPLE_TEXT
from gateway.studio.storyboards.model import EXAMPLE_STORYBOARD
from tests.examples.media import FOX_INPUT
from tests.examples.people import Cast
from tests.examples.recorder import ExampleRecorder
from tests.fakes.anthropic.script import ScriptedTurn


def make_grey_png(width: int = 256, height: int = 256) -> bytes:
    """Return a grey PNG with the same bytes on every machine."""
    rows = (b"\x00" + b"\x80" * width) * height
    packer = zlib.compressobj(0)
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", packer.compress(rows) + packer.flush()),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


async def open_project(recorder: ExampleRecorder, cast: Cast) -> str:
    """Create the project of the story; return its id."""
    body = {"name": "Fox", "description": "A short film."}
    made: str = (await recorder.record_call("createProject", cast.agent, body=body))["projectId"]
    return made


async def keep_several(recorder: ExampleRecorder, cast: Cast, made: dict[str, str]) -> None:
    """Keep outputs by a list."""
    body = {"outputs": [{"jobId": made["film"]}]}
    await recorder.record_call("keepAsset", cast.agent, "several", body=body)


async def keep_files(
    recorder: ExampleRecorder, cast: Cast, project_id: str, made: dict[str, str]
) -> str:
    """Fill the project with files; return the id of a picture."""
    agent, here = cast.agent, {"projectId": project_id}
    upload = here | {"filename": "fox.png"}
    asset = await recorder.record_call("uploadAsset", agent, query=upload, content=make_grey_png())
    asset_id: str = asset["assetId"]
    link = await recorder.record_call(
        "createUploadLink", agent, body={**upload, "bytes": 1_000_000}
    )
    token = link["uploadUrl"].partition("uploadToken=")[2].partition("&")[0]
    by_link = upload | {"uploadToken": token}
    await recorder.record_call(
        "uploadAsset", cast.visitor, "byLink", query=by_link, content=make_grey_png()
    )
    body = {**here, "jobId": made["film"], "outputIndex": 0, "name": "Fox in space"}
    await recorder.record_call("keepAsset", agent, body=body)
    await recorder.record_call("keepAsset", agent, "again", body=body)
    await recorder.record_call("getAsset", agent, query={"assetId": asset_id})
    change = {"assetId": asset_id, "tags": ["hero"], "notes": "For the opening.", "rating": 5}
    await recorder.record_call("updateAsset", agent, body=change)
    page = await recorder.record_call("listAssets", agent, query={**here, "limit": 1})
    filters = {**here, "kind": "image", "tag": "hero", "archived": False}
    await recorder.record_call("listAssets", agent, "filtered", query=filters)
    await recorder.record_call(
        "listAssets", agent, "nextPage", query={**here, "cursor": page["nextCursor"]}
    )
    search = {"q": "fox", "kind": "image", "tag": "hero", "starred": True}
    search |= {**here, "archived": False}
    await recorder.record_call("listAllAssets", agent, query=search)
    page_of_all = await recorder.record_call("listAllAssets", agent, "page", query={"limit": 1})
    rest = {"limit": 1, "cursor": page_of_all["nextCursor"]}
    await recorder.record_call("listAllAssets", agent, "nextPage", query=rest)
    cover = {**here, "coverAssetId": asset_id, "description": "A short film about a fox."}
    await recorder.record_call("updateProject", agent, body=cover)
    return asset_id


async def share_results(
    recorder: ExampleRecorder, cast: Cast, made: dict[str, str], asset_id: str
) -> None:
    """Share two results, change and revoke a share, list them."""
    agent, ref = cast.agent, f"job://{made['film']}/0"
    shown = {"prompt": True, "seed": False, "cost": True, "showcase": True}
    body = {"kind": "output", "ref": ref, "show": shown, "remix": True}
    share = await recorder.record_call("createShare", agent, body=body)
    await recorder.record_call("createShare", agent, "as it is", body={"ref": ref, "remix": False})
    upload = {"ref": f"asset://{asset_id}"}
    await recorder.record_refusal("not_shareable", "createShare", agent, body=upload)
    change = {"shareId": share["shareId"], "show": {"cost": False}, "remix": False}
    await recorder.record_call("updateShare", agent, body=change)
    page = await recorder.record_call("listShares", agent, query={"limit": 1})
    one = {"shareId": share["shareId"], "ref": ref, "active": True}
    await recorder.record_call("listShares", agent, "filtered", query=one)
    await recorder.record_call(
        "listShares", agent, "nextPage", query={"cursor": page["nextCursor"]}
    )
    await recorder.record_call("revokeShare", agent, body={"shareId": share["shareId"]})


async def write_documents(recorder: ExampleRecorder, cast: Cast, project_id: str) -> str:
    """Write a text and a storyboard, save them again, and export; return the storyboard."""
    agent = cast.agent
    note = {"projectId": project_id, "name": "Notes", "content": "# Notes\n\nA fox.\n"}
    text = await recorder.record_call("createText", agent, body=note)
    body = {"assetId": text["assetId"], "content": "# Notes\n\nA grey fox.\n"}
    over = {"If-Match": text["etag"]}
    await recorder.record_refusal("if_match_required", "saveText", agent, body=body)
    await recorder.record_call("saveText", agent, body=body, headers=over)
    await recorder.record_refusal("version_conflict", "saveText", agent, body=body, headers=over)
    one = {"assetId": text["assetId"]}
    await recorder.record_call("getText", agent, query=one | {"version": 2})
    page = await recorder.record_call("listVersions", agent, query=one | {"limit": 1})
    await recorder.record_call(
        "listVersions", agent, "nextPage", query=one | {"cursor": int(page["nextCursor"])}
    )
    new = {"projectId": project_id, "name": "The hatch", "document": EXAMPLE_STORYBOARD}
    board = await recorder.record_call("createStoryboard", agent, body=new)
    board_id: str = board["assetId"]
    edit = {"assetId": board_id, "operations": [{"op": "set", "fields": {"title": "The door"}}]}
    over = {"If-Match": board["etag"]}
    await recorder.record_call("saveStoryboard", agent, body=edit, headers=over)
    version = {"assetId": board_id, "version": 2}
    await recorder.record_call("getStoryboard", agent, query=version)
    as_json = {"Accept": "application/json"}
    await recorder.record_call("exportStoryboard", agent, "json", query=version, headers=as_json)
    await recorder.record_call("exportStoryboard", agent, "markdown", query=version)
    given = {"text": EXAMPLE_TEXT, "format": "markdown", "projectId": project_id}
    await recorder.record_call("importStoryboard", agent, "new", body=given)
    await recorder.record_refusal(
        "storyboard_syntax", "importStoryboard", agent, body=given | {"text": "## nothing"}
    )
    return board_id


async def prepare_plans(
    recorder: ExampleRecorder, cast: Cast, asset_id: str, board_id: str
) -> None:
    """Prepare plans, read them, execute one and reject others."""
    agent, world = cast.agent, recorder.world
    edit = {"prompt": "make it night", "imageUrl": "step://fox/0"}
    body: dict[str, Any] = {
        "title": "Two stills",
        "steps": [
            {"key": "fox", "operation": "image.generate", "input": FOX_INPUT},
            {"key": "night", "operation": "image.edit", "input": edit, "dependsOn": ["fox"]},
        ],
    }
    ready = await recorder.record_call("preparePlan", agent, body=body)
    seen = {"planId": ready["planId"], "planHash": ready["planHash"]}
    wrong = seen | {"planHash": "sha256:" + "0" * 64}
    await recorder.record_refusal("plan_hash_mismatch", "executePlan", agent, body=wrong)
    one = {"planId": ready["planId"]}
    await recorder.record_call("getPlans", agent, "pending", query=one)
    first = one | {"stepIds": ready["steps"][0]["stepId"]}
    await recorder.record_call("getPlans", agent, "selected", query=first)
    second_only = one | {"stepIds": ready["steps"][1]["stepId"], "closure": True}
    await recorder.record_call("getPlans", agent, "leftOut", query=second_only)
    brought = second_only | {"checkedStepIds": ready["steps"][1]["stepId"]}
    await recorder.record_call("getPlans", agent, "broughtAlong", query=brought)
    await recorder.record_call("executePlan", agent, body=seen)
    late = {"planId": ready["planId"]}
    await recorder.record_refusal("plan_already_executed", "rejectPlan", agent, body=late)
    for _ in range(2):
        await world.run_due_jobs()
        await world.run_sweeps()
    done = await recorder.record_call(
        "getPlans",
        agent,
        "executed",
        query={"planId": ready["planId"], "waitSeconds": 1, "sinceVersion": 1},
    )
    (job_id, *_) = done["jobIds"]
    await recorder.record_call("getPlans", agent, "ofJob", query={"jobId": job_id})
    image = {"prompt": "make it day", "imageUrl": f"asset://{asset_id}"}
    other = {"steps": [{"operation": "image.edit", "input": image}]}
    second = await recorder.record_call("preparePlan", agent, "with an asset", body=other)
    digest = second["steps"][0]["input"]["images"][0]["sha256"]
    query = {"planId": second["planId"], "sha256": digest, "frames": 1}
    await recorder.record_call("getPlanMedia", agent, query=query)
    reject = {"planId": second["planId"], "reason": "Too bright."}
    await recorder.record_call("rejectPlan", agent, body=reject)
    late = {"planId": second["planId"], "planHash": second["planHash"]}
    await recorder.record_refusal("plan_rejected", "executePlan", agent, body=late)
    film = await recorder.record_call("prepareRender", agent, body={"assetId": board_id})
    dear = {"planId": film["planId"], "planHash": film["planHash"]}
    await recorder.record_refusal("approval_required", "executePlan", agent, body=dear)
    waiting = {"state": "pending", "projectId": film["projectId"]}
    await recorder.record_call("getPlans", agent, "filtered", query=waiting)
    page = await recorder.record_call("getPlans", agent, "page", query={"limit": 1})
    await recorder.record_call("getPlans", agent, "nextPage", query={"cursor": page["nextCursor"]})


async def cut_film(recorder: ExampleRecorder, cast: Cast, board_id: str) -> None:
    """Read the film of a storyboard, change its cut, and plan its render."""
    agent = cast.agent
    made = await recorder.record_call("createFilm", agent, body={"title": "The airlock"})
    script = {"script": "INT. AIRLOCK - NIGHT\n\nA grey fox leans on a hatch.\n"}
    await recorder.record_call("createFilm", agent, "ofScript", body=script)
    await recorder.record_call(
        "createFilm", agent, "ofStoryboard", body={"storyboardAssetId": board_id}
    )
    by_board = {"storyboardAssetId": board_id}
    film = await recorder.record_call("getFilms", agent, "ofStoryboard", query=by_board)
    one = {"filmId": film["filmId"]}
    shots = [{"shotId": "shot_1", "tailFrames": 24}, {"shotId": "shot_2", "headFrames": 6}]
    over = {"If-Match": film["etag"]}
    await recorder.record_call("updateFilm", agent, body=one | {"cut": shots}, headers=over)
    await recorder.record_call("createFilmThread", agent, body=one)
    await recorder.record_call("getFilms", agent, query=one)
    page = await recorder.record_call("getFilms", agent, "page", query={"limit": 1})
    await recorder.record_call("getFilms", agent, "nextPage", query={"cursor": page["nextCursor"]})
    await recorder.record_call("prepareFilmRender", agent, body=one)
    named = {"filmId": made["filmId"], "title": "The inner door"}
    over = {"If-Match": made["etag"]}
    await recorder.record_call("updateFilm", agent, "title", body=named, headers=over)


async def talk_to_agent(
    recorder: ExampleRecorder, cast: Cast, project_id: str, asset_id: str
) -> None:
    """Talk to the agent in a thread."""
    agent, world = cast.agent, recorder.world
    title = {"projectId": project_id, "title": "Teaser"}
    thread_id = (await recorder.record_call("createThread", agent, body=title))["threadId"]
    here = {"threadId": thread_id}
    await recorder.record_call("updateThread", agent, body=here | {"title": "Teaser, second try"})
    await recorder.record_call("selectThread", agent, body=here)
    world.stand_ins.model.play(
        ScriptedTurn(text="A grey fox leans on a hatch.", input_tokens=1_204, output_tokens=46)
    )
    words = "Describe the first shot in one sentence."
    message = here | {"content": words, "attachments": [asset_id], "maxPriceUsd": "0.25"}
    quote = await recorder.record_call("prepareMessage", agent, body=message)
    sent = await recorder.record_call("sendMessage", agent, body={"quoteId": quote["quoteId"]})
    request = {"requestId": sent["requestId"]}
    await recorder.record_call("getRequest", agent, "queued", query=request)
    await world.answer_messages()
    done = request | {"waitSeconds": 1, "sinceVersion": 1}
    await recorder.record_call("getRequest", agent, "succeeded", query=done)
    await recorder.record_call("watchRequest", agent, query=request)
    second = await recorder.record_call(
        "sendMessage", agent, "at once", body=here | {"content": words}
    )
    await recorder.record_call("cancelRequest", agent, body={"requestId": second["requestId"]})
    await recorder.record_refusal("request_finished", "cancelRequest", agent, body=request)
    page = await recorder.record_call("getRequest", agent, "page", query=here | {"limit": 1})
    await recorder.record_call(
        "getRequest", agent, "nextPage", query={"cursor": page["nextCursor"]}
    )
    detail = await recorder.record_call("getThread", agent, query=here | {"limit": 2})
    before = here | {"before": detail["previousCursor"]}
    await recorder.record_call("getThread", agent, "previousPage", query=before)
    change = {"agent": {"maxPriceUsd": "0.25", "instructions": "Answer in English."}}
    await recorder.record_call("updateSettings", agent, body=change)
    await recorder.record_call(
        "getSnapshot", agent, query={"projectId": project_id, "threadId": thread_id}
    )
