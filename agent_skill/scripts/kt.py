#!/usr/bin/env python3
"""Killa Tamata from a shell, with the standard library alone.

    kt.py login                            link this machine: shows a code, a person approves it
    kt.py balance                          what may be spent
    kt.py quote TASK k=v ...               the exact price; nothing is reserved
    kt.py run TASK k=v ... [-o FILE]       submit, wait, download
    kt.py job JOB_ID [-o FILE]             read or wait for a job that runs
    kt.py upload FILE [--project ID]       keep a file; other commands take it as asset://ASSET_ID
    kt.py storyboard import FILE | export ID | show ID | render ID
    kt.py plan prepare FILE | show ID | execute ID HASH | wait ID [-o FILE] | reject ID
    kt.py frames CLIP [--last 9] [-o DIR]  last frames of a file or job, as lossless WebP

A value is `key=text`, `key:=JSON`, `key@FILE` or, for a list of files, `key@DIR`. Exit codes: 0
done, 1 error, 2 usage, 3 not signed in or refused, 4 not enough credit or over a limit, 5 failed,
6 the wait ended and the job or plan still runs, 7 approval needed. KT_API_KEY or `login` gives the
key. The scripts beside this one belong to it.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import io
import json
import mimetypes
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

# `python -I` leaves the script's folder out. The skill's files have digests: nothing is added.
sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True
if sys.version_info < (3, 11):  # noqa: UP036 - macOS brings an older one, which stops at the imports
    sys.exit(f"kt.py needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")

from kt_gateway import (
    CONFIG,
    DONE,
    ERROR,
    NEEDS_APPROVAL,
    NO_CREDIT,
    REFUSED,
    USAGE,
    Api,
    JsonObject,
    RefusalError,
    edit_config,
    keep,
    make_key,
    parse,
    read_text,
    say,
    show,
    stop,
)
from kt_outputs import JOBS, check_output, download, followed
from kt_studio import plan, storyboard, upload

CONFIRM_ABOVE_MICROUSD = 1_000_000
WORD = re.compile("(.*?)(:=|=|@)(.*)", re.DOTALL)
SCALAR = re.compile(r"true|false|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def login(api: Api, words: argparse.Namespace) -> None:
    """Link this machine and keep its key."""
    if not CONFIG.is_absolute():
        stop(ERROR, "There is no home folder for the key: set XDG_CONFIG_HOME to a full path.")
    edit_config({"api_key": "", "base_url": api.base})  # stops before a key is made for nothing
    api.key = ""  # an old one may be dead
    asked = {"clientName": words.name} | ({"mode": words.mode} if words.mode else {})
    started = api.ask("POST", "/api/v1/device/link/start", asked)
    say(f"Open {started['verificationUriComplete']}\nand check the code {started['userCode']}")
    ends, pause = time.monotonic() + started["expiresIn"], started["interval"]
    code = {"deviceCode": started["deviceCode"]}
    while time.monotonic() < ends:
        time.sleep(pause)
        try:
            made = api.ask("POST", "/api/v1/device/link/poll", code)
        except RefusalError as error:
            if error.problem.get("code") == "slow_down":
                pause += started["interval"]
            elif error.problem.get("code") != "authorization_pending":
                raise
            continue
        say(f"Linked. The key is stored in {keep(made['apiKey'], api.base)}")
        return
    stop(REFUSED, "It was not approved in time.")


def balance(api: Api, _: argparse.Namespace) -> None:
    """Show the balance."""
    show(api.ask("GET", "/api/v1/balance"))


def given_input(words: argparse.Namespace) -> JsonObject:
    """Read the input of a task from `--input` and the words."""
    found: JsonObject = {}
    if words.input:
        found = parse(read_text(words.input), words.input)
        if not isinstance(found, dict):
            stop(USAGE, f"{words.input} holds no object.")
    for word in words.fields:
        match = WORD.fullmatch(word)
        if match is None:
            stop(USAGE, f"{word} is not key=value.")
        name, mark, value = match.groups()
        if mark == "@":
            file = Path(value)
            inlined = map(inline, sorted(file.glob("[!.]*")))
            found[name] = list(inlined) if file.is_dir() else inline(file)
        else:
            found[name] = parse(value, name) if mark == ":=" or SCALAR.fullmatch(value) else value
    return found


def inline(file: Path) -> str:
    """Return a file as a data URI."""
    kind = mimetypes.guess_type(file)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"


def priced(api: Api, body: JsonObject) -> Any:
    """Return the exact price of a job, and print the advice of the gateway."""
    found = api.ask("POST", "/api/v1/media/quote", {"items": [body]})
    for warning in found["items"][0]["warnings"]:
        say(warning["message"])
    return found


def quote(api: Api, words: argparse.Namespace) -> None:
    """Show the exact price."""
    show(priced(api, {"task": words.task, "input": given_input(words)}))


def run(api: Api, words: argparse.Namespace) -> int:
    """Price, submit, wait, download."""
    if words.output:
        check_output(Path(words.output), "Nothing was charged.")
    body: JsonObject = {"task": words.task, "input": given_input(words)}
    price = priced(api, body)
    say(f"{words.task}: ${price['totalUsd']}")
    if words.max_price:
        body["maxPriceUsd"] = words.max_price
    elif price["totalMicrousd"] > CONFIRM_ABOVE_MICROUSD and not words.yes:
        stop(NO_CREDIT, "That is above $1.00: pass --max-price USD or --yes.")
    key = words.key or make_key()
    say(f"idempotency key {key}")
    try:
        job = api.ask("POST", JOBS, body, key=key)
    except RefusalError as error:
        if error.status == 0:
            say(f"It may have been submitted. Retry with --key {key}")
        raise
    return followed(api, job, words)


def job(api: Api, words: argparse.Namespace) -> int:
    """Wait for a job, show it, download it."""
    return followed(api, api.get(JOBS, jobId=words.job_id), words)


def frames(api: Api, words: argparse.Namespace) -> int:
    """Save the last frames of a clip as lossless WebP, by the script beside this one."""
    to = words.output or f"{Path(words.clip).stem}-frames"
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(words.clip)
        if words.clip.startswith("job_") and not clip.exists():
            made = api.get(JOBS, jobId=words.clip)
            if made["status"] != "succeeded":
                stop(ERROR, f"{clip} is {made['status']}.")
            download(made, clip := Path(folder, f"{clip.name}.mp4"))
        command = [sys.executable, "-I", str(Path(__file__).with_name("frames.py"))]
        command += [f"--last={words.last}", f"--output={to}", "--", str(clip)]
        return subprocess.run(command, check=False).returncode  # noqa: S603 - our own script


def command_line() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    parser = argparse.ArgumentParser(prog="kt.py", description=(__doc__ or "").split("\n")[0])
    verbs = parser.add_subparsers(required=True)

    def verb(name: str, carry_out: Any) -> argparse.ArgumentParser:
        found = verbs.add_parser(name, help=carry_out.__doc__)
        found.set_defaults(carry_out=carry_out)
        return found

    one = verb("login", login)
    one.add_argument("--name", default="kt.py", help="name shown to the person")
    one.add_argument("--mode", choices=["live", "test"])
    verb("balance", balance)
    for name, carry_out in (("quote", quote), ("run", run)):
        one = verb(name, carry_out)
        one.add_argument("task")
        one.add_argument("fields", nargs="*", metavar="k=v")
        one.add_argument("--input", help="file with the whole input as JSON, or -")
    one.add_argument("--max-price", metavar="USD")
    one.add_argument("--yes", action="store_true", help="run even above $1.00")
    one.add_argument("--key", help="idempotency key; reuse it to retry the same job")
    add_waiting(one)
    add_waiting(one := verb("job", job))
    one.add_argument("job_id")
    add_studio_verbs(verb)
    one = verb("frames", frames)
    one.add_argument("clip", metavar="CLIP", help="a file or a job")
    one.add_argument("--last", type=int, default=9, choices=range(1, 26), metavar="1..25")
    one.add_argument("-o", "--output", metavar="DIR", help="if not given, CLIP-frames")
    return parser


def add_waiting(one: argparse.ArgumentParser) -> None:
    """Add the options of verbs that wait and save."""
    one.add_argument("--timeout", type=int, default=1800, metavar="SECONDS")
    one.add_argument("-o", "--output", metavar="FILE")


def add_studio_verbs(verb: Any) -> None:
    """Add the verbs of uploads, storyboards and plans."""
    one = verb("upload", upload)
    one.add_argument("file")
    one.add_argument("--project", metavar="ID", help="if not given, the selected one or the inbox")
    one.add_argument("--key", help="idempotency key; reuse it to retry")
    one = verb("storyboard", storyboard)
    one.add_argument("verb", choices=["import", "export", "show", "render"])
    one.add_argument("what", metavar="FILE | ID", help="Markdown or Fountain to import, or - ")
    one.add_argument("--project", metavar="ID", help="import: if not given, a new project")
    one.add_argument("--asset", metavar="ID", help="import: a new version of this storyboard")
    one.add_argument("--etag", help="import: the version that --asset had when it was exported")
    one.add_argument("--shot", action="append", metavar="ID", help="render: only this shot")
    one.add_argument("--takes", type=int, default=1, choices=range(1, 5), metavar="1..4")
    one.add_argument("--all", action="store_true", help="render: also shots that have a take")
    one.add_argument("--key", help="idempotency key; reuse it to retry")
    one = verb("plan", plan)
    one.add_argument("verb", choices=["prepare", "show", "execute", "wait", "reject"])
    one.add_argument("words", nargs="+", metavar="FILE | ID [HASH]")
    one.add_argument("--key", help="idempotency key for prepare")
    one.add_argument("--confirmed", action="store_true", help="the user has just approved")
    add_waiting(one)


def main() -> int:
    """Run the command; turn refusals and errors into exit codes."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # Windows gives pipes and files another one
    parser = command_line()
    words, behind = parser.parse_known_args()
    # A word behind an option: argparse itself takes the fields in one run only.
    if behind and ("fields" not in words or any(each.startswith("-") for each in behind)):
        parser.error(f"unrecognized arguments: {' '.join(behind)}")
    if behind:
        words.fields += behind
    try:
        return int(words.carry_out(Api(), words) or DONE)
    except RefusalError as error:
        problem = error.problem
        say(f"{problem.get('code', 'error')}: {problem.get('detail')} {problem.get('hint', '')}")
        for field in sorted({"approvalUrl", "errors", "example", "topUpUrl"} & problem.keys()):
            say(f"{field}: {told if isinstance(told := problem[field], str) else json.dumps(told)}")
        code = {401: REFUSED, 403: REFUSED, 402: NO_CREDIT}.get(error.status, ERROR)
        return NEEDS_APPROVAL if problem.get("code") == "approval_required" else code
    except KeyboardInterrupt:
        return 130
    except (OSError, ValueError, http.client.HTTPException) as error:
        stop(ERROR, str(error))


if __name__ == "__main__":
    sys.exit(main())
