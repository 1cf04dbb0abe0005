#!/usr/bin/env python3
"""Killa Tamata from a shell, with the standard library alone.

    kt.py login                            link this machine: shows a code, a person approves it
    kt.py balance                          what may be spent
    kt.py quote TASK k=v ...               the exact price; nothing is reserved
    kt.py run TASK k=v ... [-o FILE]       submit, wait, download
    kt.py job JOB_ID [-o FILE]             read or wait for a job that runs
    kt.py plan prepare FILE | show ID | execute ID HASH | reject ID
    kt.py frames CLIP [--last 9] [-o DIR]  last frames of a file or job, as lossless WebP

A value is `key=text`, `key:=JSON`, `key@FILE` or, for a list of files, `key@DIR`. Exit codes: 0
done, 1 error, 2 usage, 3 not signed in or refused, 4 not enough credit or over a limit, 5 failed,
6 the wait ended and the job still runs, 7 approval needed. KT_API_KEY or `login` gives the key.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import mimetypes
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, NoReturn

DEFAULT_API_BASE = "https://api.killatamata.com"
CONFIRM_ABOVE_MICROUSD = 1_000_000
DONE, ERROR, REFUSED, NO_CREDIT, JOB_FAILED, STILL_RUNNING, NEEDS_APPROVAL = 0, 1, 3, 4, 5, 6, 7
OPEN = {"queued", "running"}
TRIES, LONGEST_PAUSE_SECONDS = 4, 30
JSON, PLANS = "application/json", "/api/v1/studio/agent/approval-plans"
LOOPBACK, STDOUT = {"localhost", "127.0.0.1", "::1"}, {"/dev/stdout", "/dev/fd/1"}
JsonObject = dict[str, Any]  # open: gateways and the user's own files may be newer than this script
HOME = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111 - without a home Path's raises
CONFIG = Path(HOME, "killatamata", "config.toml")  # shared with the `killatamata` command
WORD = re.compile("(.*?)(:=|=|@)(.*)", re.DOTALL)
SCALAR = re.compile(r"true|false|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class RefusalError(Exception):
    """A refusal of the gateway: its status and its problem document."""

    def __init__(self, status: int, problem: JsonObject) -> None:
        """Take the message from the document."""
        super().__init__(problem.get("detail", f"status {status}"))
        self.status, self.problem = status, problem


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Refuses every redirect: the key belongs to one host."""

    def redirect_request(self, *_: Any) -> None:
        """Return None, which makes the 3xx an error."""


def config() -> JsonObject:
    """Load the configuration, empty without a file; stop if other users can read it."""
    if not (CONFIG.is_absolute() and CONFIG.exists()):
        return {}
    if CONFIG.stat().st_mode & 0o077:
        stop(ERROR, f"Others can read {CONFIG}. Fix: chmod 600 {CONFIG}")
    return tomllib.loads(CONFIG.read_text(encoding="utf-8"))


def keep(api_key: str, base_url: str) -> Path:
    """Store a key in the default profile; the rest of the file stays."""
    kept = config()
    kept.setdefault("profile", {})["default"] = {"api_key": api_key, "base_url": base_url}
    lines = [f"{name} = {json.dumps(v)}" for name, v in kept.items() if not isinstance(v, dict)]
    for name, profile in kept["profile"].items():
        lines += ["", f"[profile.{json.dumps(name)}]"]
        lines += [f"{field} = {json.dumps(value)}" for field, value in profile.items()]
    CONFIG.parent.mkdir(parents=True, exist_ok=True)
    new = CONFIG.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write("\n".join(lines) + "\n")
    return new.replace(CONFIG)


class Api:
    """One API base with the key for it."""

    def __init__(self) -> None:
        """Read base and key from the environment, else from the config."""
        profile = config().get("profile", {}).get("default", {})
        other = os.environ.get("API_KEY", "")
        ours = other.startswith("kt_")  # API_KEY may belong to another service
        base = os.environ.get("KT_API_BASE") or (os.environ.get("API_BASE") if ours else None)
        self.key = os.environ.get("KT_API_KEY") or (other if ours else profile.get("api_key", ""))
        self.base = (base or profile.get("base_url") or DEFAULT_API_BASE).rstrip("/")
        parts = urllib.parse.urlsplit(self.base)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            stop(ERROR, f"{self.base} is not https, so no key is sent there.")
        self.opener = urllib.request.build_opener(NoRedirect)

    def ask(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, wait: int = 60
    ) -> Any:
        """Send a request and return the answer; repeat it where that is safe.

        Raises:
            RefusalError: the last try was refused, or got no answer (status 0).
        """
        headers = {"User-Agent": "kt.py", **dict.fromkeys(("Accept", "Content-Type"), JSON)}
        headers |= {"Authorization": f"Bearer {self.key}"} if self.key else {}
        headers |= {} if key is None else {"X-Idempotency-Key": key}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        for left in reversed(range(TRIES if method == "GET" or key is not None else 1)):
            pause = 2.0 ** (TRIES - 1 - left) / 2
            try:
                with self.opener.open(request, timeout=wait) as answer:
                    return json.loads(answer.read() or b"{}")
            except urllib.error.HTTPError as error:
                try:
                    problem = dict(json.loads(error.read()))
                except (TypeError, ValueError):
                    problem = {"detail": f"status {error.code}"}
                if not left or not problem.get("retryable"):
                    raise RefusalError(error.code, problem) from None
                pause = float(error.headers.get("Retry-After") or pause)
            except (OSError, http.client.HTTPException) as error:
                if not left:
                    silent = {"detail": f"{self.base} did not answer: {error}"}
                    raise RefusalError(0, silent) from None
            time.sleep(min(pause, LONGEST_PAUSE_SECONDS))
        raise AssertionError


def say(text: str) -> None:
    """Print a line for the user on stderr; stdout is for results."""
    print(text, file=sys.stderr)


def show(value: Any) -> None:
    """Print a result as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def stop(code: int, text: str) -> NoReturn:
    """End the program with a line and an exit code."""
    say(text)
    raise SystemExit(code)


def login(api: Api, words: argparse.Namespace) -> None:
    """Link this machine and keep its key."""
    if not CONFIG.is_absolute():
        stop(ERROR, "There is no home folder for the key: set XDG_CONFIG_HOME to a full path.")
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
        text = sys.stdin.read() if words.input == "-" else Path(words.input).read_text()
        found = json.loads(text)
    for word in words.fields:
        match = WORD.fullmatch(word)
        if match is None:
            stop(2, f"{word} is not key=value.")
        name, mark, value = match.groups()
        if mark == "@":
            file = Path(value)
            inlined = map(inline, sorted(file.glob("[!.]*")))
            found[name] = list(inlined) if file.is_dir() else inline(file)
        else:
            found[name] = json.loads(value) if mark == ":=" or SCALAR.fullmatch(value) else value
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
        check_output(Path(words.output))
    body: JsonObject = {"task": words.task, "input": given_input(words)}
    price = priced(api, body)
    say(f"{words.task}: ${price['totalUsd']}")
    if words.max_price:
        body["maxPriceUsd"] = words.max_price
    elif price["totalMicrousd"] > CONFIRM_ABOVE_MICROUSD and not words.yes:
        stop(NO_CREDIT, "That is above $1.00: pass --max-price USD or --yes.")
    key = words.key or f"kt-{os.urandom(16).hex()}"
    say(f"idempotency key {key}")
    try:
        job = api.ask("POST", "/api/v1/media/jobs", body, key=key)
    except RefusalError as error:
        if error.status == 0:
            say(f"It may have been submitted. Retry with --key {key}")
        raise
    return followed(api, job, words)


def job(api: Api, words: argparse.Namespace) -> int:
    """Wait for a job, show it, download it."""
    return followed(api, api.ask("GET", f"/api/v1/media/jobs?jobId={words.job_id}"), words)


def followed(api: Api, job: JsonObject, words: argparse.Namespace) -> int:
    """Wait for a job, save its outputs and show it; any error names the command that continues."""
    again = shlex.join(["kt.py", "job", job["jobId"], *(["-o", words.output] * bool(words.output))])
    try:
        job = ended(api, job, words.timeout, again)
        if words.output and job["status"] == "succeeded":
            download(job, Path(words.output))
    except (Exception, KeyboardInterrupt):
        say(f"${job['billing']['priceUsd']} {job['billing']['state']}. Continue with: {again}")
        raise
    if words.output not in STDOUT:
        show(job)
    return DONE if job["status"] == "succeeded" else JOB_FAILED


def ended(api: Api, job: JsonObject, timeout: int, again: str) -> JsonObject:
    """Wait until a job has ended and return it; stop when the time is up."""
    ends, seen = time.monotonic() + timeout, None
    while job["status"] in OPEN:
        if job["status"] != seen:
            say(f"{job['jobId']} {(seen := job['status'])}")
        left = int(ends - time.monotonic())
        if left <= 0:
            stop(STILL_RUNNING, f"It is still running. Continue with: {again}")
        wait = {"jobId": job["jobId"], "waitSeconds": min(left, 30), "sinceVersion": job["version"]}
        job = api.ask("GET", f"/api/v1/media/jobs?{urllib.parse.urlencode(wait)}")
    return job


def is_special(to: Path) -> bool:
    """Return True for devices and pipes: they are written through, never replaced."""
    return str(to) in STDOUT or (to.exists() and not to.is_file())


def check_output(to: Path) -> None:
    """Stop, before anything is charged, where no file can be written."""
    try:
        if to.is_dir():
            stop(2, f"{to} is a folder: name a file.")
        if not is_special(to):
            tempfile.TemporaryFile(dir=to.parent).close()
    except OSError as error:
        stop(2, f"Cannot save to {to}: {error.strerror}. Nothing was charged.")


def download(job: JsonObject, to: Path) -> None:
    """Save each output; the signed URLs need no key and get none."""
    for number, url in enumerate(job["downloadableOutputUrls"], 1):
        file = to if number == 1 or is_special(to) else to.with_stem(f"{to.stem}-{number}")
        part = file if is_special(file) else file.with_name(f"{file.name}.part")
        with urllib.request.urlopen(url, timeout=60) as answer, part.open("wb") as handle:
            while data := answer.read(1 << 20):
                handle.write(data)
        part.replace(file)  # of a device onto itself: nothing happens
        say(f"saved {file}")


def plan(api: Api, words: argparse.Namespace) -> None:
    """Prepare, show, execute or reject a plan."""
    if words.verb == "prepare":
        steps = json.loads(Path(words.words[0]).read_text())
        body = {"steps": steps} if isinstance(steps, list) else steps
        key = words.key or f"kt-{os.urandom(16).hex()}"
        show(api.ask("POST", f"{PLANS}/prepare", body, key=key))
    elif words.verb == "show":
        show(api.ask("GET", f"{PLANS}?planId={words.words[0]}"))
    elif words.verb == "execute":
        plan_id, plan_hash = words.words
        body = {"planId": plan_id, "planHash": plan_hash, "confirmedInClient": words.confirmed}
        show(api.ask("POST", f"{PLANS}/execute", body, key=plan_id))
    else:
        show(api.ask("POST", f"{PLANS}/reject", {"planId": words.words[0]}))


def frames(api: Api, words: argparse.Namespace) -> int:
    """Save the last frames of a clip as lossless WebP, by the script beside this one."""
    to = words.output or f"{Path(words.clip).stem}-frames"
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(words.clip)
        if words.clip.startswith("job_") and not clip.exists():
            made = api.ask("GET", f"/api/v1/media/jobs?jobId={words.clip}")
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
    for each in (one, follow := verb("job", job)):
        each.add_argument("--timeout", type=int, default=1800, metavar="SECONDS")
        each.add_argument("-o", "--output", metavar="FILE")
    follow.add_argument("job_id")
    one = verb("plan", plan)
    one.add_argument("verb", choices=["prepare", "show", "execute", "reject"])
    one.add_argument("words", nargs="+", metavar="FILE | ID [HASH]")
    one.add_argument("--key", help="idempotency key for prepare")
    one.add_argument("--confirmed", action="store_true", help="the user has just approved")
    one = verb("frames", frames)
    one.add_argument("clip", metavar="CLIP", help="a file or a job")
    one.add_argument("--last", type=int, default=9, choices=range(1, 26), metavar="1..25")
    one.add_argument("-o", "--output", metavar="DIR", help="if not given, CLIP-frames")
    return parser


def main() -> int:
    """Run the command; turn refusals and errors into exit codes."""
    words = command_line().parse_args()
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
    except (OSError, http.client.HTTPException) as error:
        stop(ERROR, str(error))


if __name__ == "__main__":
    sys.exit(main())
