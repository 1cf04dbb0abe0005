"""The studio of `kt.py`: uploads, storyboards and approval plans."""

from __future__ import annotations

import sys
import time
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kt_gateway import (
    DONE,
    JOB_FAILED,
    NEEDS_APPROVAL,
    STILL_RUNNING,
    USAGE,
    JsonObject,
    make_key,
    parse,
    read_text,
    say,
    show,
    stop,
)
from kt_outputs import (
    JOBS,
    STDOUT,
    again_with,
    check_output,
    download,
    poll,
)

if TYPE_CHECKING:
    import argparse

    from kt_gateway import Api

STUDIO = "/api/v1/studio"
PLANS, BOARDS = f"{STUDIO}/agent/approval-plans", f"{STUDIO}/assets/storyboards"
EXECUTE_WORDS = 2


def upload(api: Api, words: argparse.Namespace) -> None:
    """Upload a file; other commands take it as asset://ASSET_ID."""
    file = Path(words.file)
    query = {"filename": file.name} | ({"projectId": words.project} if words.project else {})
    path = f"{STUDIO}/assets/upload?{urllib.parse.urlencode(query)}"
    made = api.ask("POST", path, file, key=words.key or make_key(), wait=600)
    say(f"asset://{made['assetId']}")
    show(made)


def storyboard(api: Api, words: argparse.Namespace) -> None:
    """Import, export, show or render a storyboard."""
    if words.verb == "import":
        show(import_storyboard(api, words))
    elif words.verb == "export":
        exported = api.get(f"{BOARDS}/export-markdown", assetId=words.what)
        sys.stdout.write(exported["markdown"])
        etag = str(exported["etag"]).strip('"')
        again = ("storyboard", "import", "FILE", "--asset", words.what, "--etag", etag)
        say(f"To replace this version: {again_with(*again, None)}")
    elif words.verb == "show":
        show(api.get(f"{BOARDS}/document", assetId=words.what))
    else:
        body: JsonObject = {
            "assetId": words.what,
            "mode": "all" if words.all else "missing",
            "takesPerShot": words.takes,
        } | ({"shotIds": words.shot} if words.shot else {})
        show_plan(api.ask("POST", f"{BOARDS}/prepare-render", body, key=words.key or make_key()))


def import_storyboard(api: Api, words: argparse.Namespace) -> JsonObject:
    """Import a text: as a new version of --asset, else into --project or a new project.

    The text replaces the version that it was made from, and no later one: a plan may have added
    clips to that, which would have to be paid again.
    """
    if words.asset and not words.etag:
        stop(USAGE, f"Edit the text of `storyboard export {words.asset}`, and pass on its --etag.")
    text, key = read_text(words.what), words.key or make_key()
    body: JsonObject = {"text": text}
    if words.asset:
        body |= {"assetId": words.asset}
        etag = f'"{words.etag.strip(chr(34))}"'
        made = api.ask("POST", f"{BOARDS}/import", body, key=key, etag=etag)
    else:
        project = words.project or create_project(api, Path(words.what).stem, key)
        made = api.ask("POST", f"{BOARDS}/import", body | {"projectId": project}, key=key)
    for warning in made["warnings"]:
        say(f"line {warning['line']}: {warning['message']}")
    say(f"storyboard {made['assetId']}")
    return dict(made)


def create_project(api: Api, name: str, key: str) -> str:
    """Create a project and return its id; the key makes a retry find it again."""
    project = api.ask("POST", f"{STUDIO}/projects", {"name": name}, key=f"{key}-project")
    return str(project["projectId"])


def plan(api: Api, words: argparse.Namespace) -> int:
    """Prepare, show, execute, await or reject a plan."""
    first = words.words[0]
    if words.verb == "prepare":
        steps = parse(read_text(first), first)
        body = {"steps": steps} if isinstance(steps, list) else steps
        show_plan(api.ask("POST", f"{PLANS}/prepare", body, key=words.key or make_key()))
    elif words.verb == "show":
        show(api.get(PLANS, planId=first))
    elif words.verb == "execute":
        if len(words.words) != EXECUTE_WORDS:
            stop(USAGE, "plan execute needs the planId and the planHash.")
        plan_id, plan_hash = words.words
        body = {"planId": plan_id, "planHash": plan_hash, "confirmedInClient": words.confirmed}
        show(api.ask("POST", f"{PLANS}/execute", body, key=plan_id))
        say(f"Wait for it with: {again_with('plan', 'wait', plan_id, None)}")
    elif words.verb == "wait":
        return wait_for_plan(api, first, words)
    else:
        show(api.ask("POST", f"{PLANS}/reject", {"planId": first}))
    return DONE


def show_plan(prepared: JsonObject) -> None:
    """Show a prepared plan, and what the user must be told before it runs."""
    say(f"{prepared['title'] or prepared['planId']}: ${prepared['totalUsd']} in total")
    show(prepared)


def wait_for_plan(api: Api, plan_id: str, words: argparse.Namespace) -> int:
    """Wait until a plan has ended, also for its approval, and save the last step's outputs."""
    if words.output:
        check_output(Path(words.output))
    again = again_with("plan", "wait", plan_id, words.output)
    found, ends, seen = api.get(PLANS, planId=plan_id), time.monotonic() + words.timeout, ""
    while found["state"] == "pending" or found["outcome"] == "running":
        if (now := describe(found)) != seen:
            say(seen := now)
        left = int(ends - time.monotonic())
        if left <= 0 and found["state"] == "pending":
            stop(NEEDS_APPROVAL, f"Approve it at {found['approvalUrl']}, then: {again}")
        if left <= 0:
            stop(STILL_RUNNING, f"It is still running. Continue with: {again}")
        found = poll(api, PLANS, found, left, planId=plan_id)
    say(describe(found))
    if words.output and found["outcome"] == "succeeded":
        made = [step["jobId"] for step in found["steps"] if step["jobId"]]
        if not made:
            stop(USAGE, "The plan made no files.")
        download(api.get(JOBS, jobId=made[-1]), Path(words.output))
    if words.output not in STDOUT:
        show(found)
    return DONE if found["outcome"] == "succeeded" else JOB_FAILED


def describe(found: Any) -> str:
    """Describe how far a plan has come, in one line."""
    steps = " ".join(step["state"] for step in found["steps"])
    return f"{found['planId']} {found['outcome'] or found['state']}: {steps}"
