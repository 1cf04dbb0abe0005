"""The welcome of `serve --dev`: a test account, a first picture, and the next steps.

With `--comfy` or `--engine` the picture is a live job there, if it has a model for pictures.
"""

import asyncio
import json
import os
import sys
import time
from itertools import count
from pathlib import Path

import httpx2
import uvicorn

from gateway.app import Application
from gateway.identity.accounts import identities
from gateway.identity.keys import keys
from gateway.identity.keys.secrets import Peppers
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.kit.money import MICROUSD_PER_USD
from gateway.kit.outgoing.bounded_client import MIB, AnswerLimits, build_http_client
from gateway.media.nodes import node_pool
from gateway.media.nodes.fleet import Fleet
from gateway.media.nodes.node_pool import NodeAbility
from gateway.media.states import OPEN_JOB_STATES, JobState
from gateway.operator import create_account_with_key
from gateway.pages.answers import JobAnswer

DEV_FILE = "dev.json"
PLAY_CREDIT_MICROUSD = 5 * MICROUSD_PER_USD
EMAIL, LIVE_EMAIL = "dev@example.com", "dev-live@example.com"
JOBS_PATH = "/api/v1/media/jobs"
TASK, PROMPT = "image.generate", "a lighthouse in the first snow"
NODE_SECONDS, NODE_POLL_SECONDS = 30, 0.2
UNROUTED_NODE = NodeAbility("", lacks=(f"a route for {TASK} in KT_ENGINES_FILE",))
COMFY_NAME = "ComfyUI"
SANDBOX_INSTEAD = "The sandbox makes those of test keys."


async def ensure_dev_account(application: Application) -> dict[str, str]:
    """Return the keys of the development accounts; make them at the first start.

    They are kept in `dev.json`. A sign-in as `dev@example.com` opens the test account, so that a
    person can approve its plans. With ComfyUI, `liveKey` is the key of a live account beside it,
    opened by `dev-live@example.com`.
    """
    file = application.settings.data_dir / DEV_FILE
    account_file: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    test_account = await _open_account(application, "test", EMAIL, account_file.get("apiKey"))
    account_file |= {"apiKey": test_account["apiKey"], "accountId": test_account["accountId"]}
    if find_engine_name(application):
        live = await _open_account(application, "live", LIVE_EMAIL, account_file.get("liveKey"))
        account_file["liveKey"] = live["apiKey"]
    account_file["baseUrl"] = application.settings.public_url
    _write_private(file, json.dumps(account_file))
    return account_file


async def _open_account(
    application: Application, mode: str, email: str, kept_key: str | None
) -> dict[str, str]:
    """Return account and key of this address; make them if it is new.

    The address is written in the transaction of the account, the file after it. A start that died
    between the two finds its account again, and makes only a new key.
    """
    database: Database = application.ports.get(Database)
    ids: Ids = application.ports.get(Ids)
    peppers: Peppers = application.ports.get(Peppers)
    async with database.write() as session:
        identity = await identities.find_identity(session, "email", "", email)
        if identity is None:
            account = await create_account_with_key(
                session, ids, peppers, mode=mode, amount=PLAY_CREDIT_MICROUSD, label="dev"
            )
            await identities.add_identity(
                session, ids, account["accountId"], ("email", "", email), email
            )
            return account
        key = kept_key
        if key is None or not await keys.is_key_alive(session, key):
            new_key = keys.NewKey(identity.account_id, mode, "dev", keys.SIGN_IN_SCOPES, "operator")
            _, key = await keys.create(session, ids, peppers, new_key)
    return {"accountId": identity.account_id, "apiKey": key}


async def list_node_obstacles(application: Application) -> list[str]:
    """List what keeps the nodes from making pictures, a line each; empty if they can.

    A node has half a minute to report its abilities; reports from before this start are old.
    """
    database: Database = application.ports.get(Database)
    fleet: Fleet = application.ports.get(Fleet)
    reports: list[NodeAbility] = []
    trouble, engine = "", find_engine_name(application)
    deadline = time.monotonic() + NODE_SECONDS
    while time.monotonic() < deadline:
        async with database.read() as snapshot:
            all_nodes = await node_pool.list_nodes(snapshot)
        fresh_nodes = [node for node in all_nodes if node.facts_at]
        trouble = next((node.trouble for node in all_nodes if node.trouble), "")
        reports = [
            node_pool.parse_abilities(node.able_json).get(TASK, UNROUTED_NODE)
            for node in fresh_nodes
        ]
        able = any(not report.lacks for report in reports)
        if reports and (not able or fleet.can_run(TASK)):
            break
        await asyncio.sleep(NODE_POLL_SECONDS)
    if not reports and trouble:
        return [f"{engine} answers, but {trouble}. {SANDBOX_INSTEAD}"]
    if not reports:
        return [f"{engine} did not answer in {NODE_SECONDS} seconds. {SANDBOX_INSTEAD}"]
    if any(not report.lacks for report in reports):
        return []
    lacks = [f"  {each}" for report in reports for each in report.lacks]
    return [f"{engine} makes no pictures yet. {SANDBOX_INSTEAD} {engine} would need:", *lacks]


def find_engine_name(application: Application) -> str:
    """Return the engine of live jobs as the welcome calls it; empty if there is none."""
    if application.settings.comfy_nodes:
        return COMFY_NAME
    return "The server" if application.settings.engine_url else ""


def _write_private(file: Path, text: str) -> None:
    new_file = file.with_suffix(".new")
    with os.fdopen(os.open(new_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(text)
    new_file.replace(file)


def print_line(text: str) -> None:
    """Print a line for the person at the terminal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def show_welcome(application: Application, server: uvicorn.Server) -> None:
    """Make the first picture over the REST API, if there is none, then print the next steps."""
    account = await ensure_dev_account(application)
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.02)
    key, file = account["apiKey"], "first-picture.png"
    engine = find_engine_name(application)
    if engine:
        if lines := await list_node_obstacles(application):
            print_line("\n".join(lines))
        else:
            word = "comfyui" if engine == COMFY_NAME else "engine"
            key, file = account["liveKey"], f"first-picture-{word}.png"
    target = application.settings.data_dir / file
    if not target.exists():
        if key != account["apiKey"]:
            print_line(f"{engine} makes this one, for play credit.")
        await _make_first_picture(account["baseUrl"], key, target)
    _print_next_steps(account, engine)


async def _make_first_picture(base: str, key: str, target: Path) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    limits = AnswerLimits(16 * MIB, seconds=60)
    async with build_http_client(limits, base_url=base, headers=headers) as client:
        try:
            await _make_and_save_picture(client, target)
        except httpx2.HTTPError as error:
            print_line(f"No first picture: {type(error).__name__}.")


def _print_next_steps(account: dict[str, str], engine: str) -> None:
    base = account["baseUrl"]
    example = {"task": TASK, "input": {"prompt": "a fox in a space suit"}}
    print_line(f"\n  Site      {base}/   (sign in as {EMAIL}; cards are play money)")
    print_line(f"  API key   {account['apiKey']}   (test mode, play credit, sandbox engine)")
    if engine:
        print_line(f"  API key   {account['liveKey']}   (live mode, play credit, {engine})")
    print_line(f"  API docs  {base}/api-docs\n  OpenAPI   {base}/openapi.json\n")
    print_line(f"  curl -s '{base}/api/v1/media/jobs' -H 'Prefer: wait=30' \\")
    print_line(f"    -H 'Authorization: Bearer {account['apiKey']}' \\")
    print_line(f"    -H 'Content-Type: application/json' -d '{json.dumps(example)}'\n")
    print_line(f"Serving on {base}  (Ctrl-C stops)")


async def _make_and_save_picture(client: httpx2.AsyncClient, target: Path) -> None:
    """Make the picture and save its file.

    The idempotency key is the name of the file: a start after one that died gets the job of that
    one, not a second picture. Only if that job has no file any more is the next key used.
    """
    for number in count(1):
        answer = await client.post(
            JOBS_PATH,
            json={"task": TASK, "input": {"prompt": PROMPT}},
            headers={"Idempotency-Key": f"{target.stem}-{number}"},
        )
        job_or_problem = answer.json()
        if not answer.is_success:
            print_line(f"No first picture: {job_or_problem['detail']} {job_or_problem['hint']}")
            return
        job = await _wait_for_job(client, job_or_problem)
        if job["downloadableOutputUrls"] or "idempotency-replayed" not in answer.headers:
            break
    if job["status"] != JobState.SUCCEEDED:
        print_line(f"  {job['error']['message'] if job['error'] else job['status']}")
        return
    file_answer = await client.get(job["downloadableOutputUrls"][0])
    part = target.with_suffix(".part")
    await asyncio.to_thread(part.write_bytes, file_answer.content)
    part.replace(target)
    balance = (await client.get("/api/v1/balance")).json()
    print_line(f"  file     {target}")
    print_line(f"  charged  ${job['billing']['chargedUsd']}   balance ${balance['availableUsd']}")


async def _wait_for_job(client: httpx2.AsyncClient, job: JobAnswer) -> JobAnswer:
    """Print the progress of a job until it has ended, then return it."""
    size = f"{job['effectiveInput']['width']}x{job['effectiveInput']['height']}"
    print_line(f'{TASK} "{PROMPT}"  {size}  ${job["billing"]["priceUsd"]} held')
    printed_line = ""
    while True:
        query: dict[str, str | int] = {
            "jobId": job["jobId"],
            "waitSeconds": 10,
            "sinceVersion": job["version"],
        }
        job = (await client.get(JOBS_PATH, params=query)).json()
        if job["status"] not in OPEN_JOB_STATES:
            return job
        percent = "" if job["progress"] is None else job["progress"]["percent"]
        line = f"  {job['status']} {percent}".rstrip()
        if line != printed_line:
            print_line(line)
            printed_line = line
