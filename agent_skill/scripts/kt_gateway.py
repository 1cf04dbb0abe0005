"""The gateway of `kt.py`: the stored key, requests, and output."""

from __future__ import annotations

import http.client
import json
import os
import re
import sys
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, NoReturn

DEFAULT_API_BASE = "https://api.killatamata.com"
DONE, ERROR, USAGE, REFUSED, NO_CREDIT, JOB_FAILED, STILL_RUNNING, NEEDS_APPROVAL = range(8)
TRIES, LONGEST_PAUSE_SECONDS = 4, 30
JSON, BYTES = "application/json", "application/octet-stream"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
JsonObject = dict[str, Any]  # open: gateways and the user's own files may be newer than this script
HOME = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111 - without a home Path's raises
CONFIG = Path(HOME, "killatamata", "config.toml")  # shared with the `killatamata` command
KEY = re.compile(r"[\x21-\x7e]*")
PROFILE = re.compile(r"""\s*\[\s*profile\s*\.\s*["']?default["']?\s*\]""")
STORED = re.compile(r"\s*(api_key|base_url)\s*=")


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
    if os.name == "posix" and CONFIG.stat().st_mode & 0o077:
        stop(ERROR, f"Others can read {CONFIG}. Fix: chmod 600 {CONFIG}")
    try:
        return tomllib.loads(CONFIG.read_text(encoding="utf-8"))
    except ValueError as error:
        stop(ERROR, f"{CONFIG} is not TOML: {error}")


def keep(api_key: str, base_url: str) -> Path:
    """Store a key in the default profile; the rest of the file stays, comments too."""
    text = edit_config({"api_key": api_key, "base_url": base_url})
    CONFIG.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = CONFIG.with_suffix(".new")
    new.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL  # private from the first moment on
    with os.fdopen(os.open(new, flags, 0o600), "w", encoding="utf-8") as handle:
        handle.write(text)
    return new.replace(CONFIG)


def edit_config(stored: dict[str, str]) -> str:
    """Return the configuration with these values in the default profile, whatever else it holds.

    Stop where lines cannot be edited, as of a profile in braces: nothing of the file may be lost.
    """
    kept = config()
    kept.setdefault("profile", {}).setdefault("default", {}).update(stored)
    text = with_profile(CONFIG.read_text(encoding="utf-8") if CONFIG.exists() else "", stored)
    try:
        is_right = tomllib.loads(text) == kept
    except ValueError:
        is_right = False
    if not is_right:
        stop(ERROR, f"Write the profile in {CONFIG} as a table, under the line [profile.default].")
    return text


def with_profile(text: str, stored: dict[str, str]) -> str:
    """Return a configuration with these values in the default profile, edited line by line."""
    lines = text.splitlines()
    new = [f"{field} = {json.dumps(value)}" for field, value in stored.items()]
    head = next((at for at, line in enumerate(lines) if PROFILE.match(line)), None)
    if head is None:
        return "\n".join([*lines, *([""] if lines else []), "[profile.default]", *new, ""])
    rest = lines[head + 1 :]
    size = next((at for at, line in enumerate(rest) if line.lstrip()[:1] == "["), len(rest))
    others = [line for line in rest[:size] if not STORED.match(line)]
    return "\n".join([*lines[: head + 1], *new, *others, *rest[size:], ""])


class Api:
    """One API base with the key for it."""

    def __init__(self) -> None:
        """Read base and key from the environment, else from the config."""
        profile = config().get("profile", {}).get("default", {})
        other = os.environ.get("API_KEY", "")
        ours = other.startswith("kt_")  # API_KEY may belong to another service
        base = os.environ.get("KT_API_BASE") or (os.environ.get("API_BASE") if ours else None)
        key = os.environ.get("KT_API_KEY") or (other if ours else profile.get("api_key", ""))
        self.key = key.strip()
        if not KEY.fullmatch(self.key):  # the error of a wrong header would quote it
            stop(ERROR, "The API key has a blank, a line end or a special letter: copy it anew.")
        self.base = (base or profile.get("base_url") or DEFAULT_API_BASE).rstrip("/")
        parts = urllib.parse.urlsplit(self.base)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            stop(ERROR, f"{self.base} is not https, so no key is sent there.")
        self.opener = urllib.request.build_opener(NoRedirect)

    def get(self, path: str, **query: Any) -> Any:
        """Read something; names of the query with the value None are left out."""
        given = {name: value for name, value in query.items() if value is not None}
        return self.ask("GET", f"{path}?{urllib.parse.urlencode(given)}" if given else path)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        etag: str | None = None,
        wait: int = 60,
    ) -> Any:
        """Send a request and return the answer; repeat it where that is safe.

        A `Path` as the body is sent as the file's bytes; `etag` is the version that is replaced.

        Raises:
            RefusalError: the last try was refused, or got no answer (status 0).
        """
        kind = BYTES if isinstance(body, Path) else JSON
        headers = {"User-Agent": "kt.py", "Accept": JSON, "Content-Type": kind}
        headers |= {"Authorization": f"Bearer {self.key}"} if self.key else {}
        headers |= {} if key is None else {"X-Idempotency-Key": key}
        headers |= {} if etag is None else {"If-Match": etag}
        for left in reversed(range(TRIES if method == "GET" or key is not None else 1)):
            pause = 2.0 ** (TRIES - 1 - left) / 2
            try:
                return self._send(method, path, body, headers, wait)
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

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str], wait: int) -> Any:
        """Send a request once; a file is opened for each try, and never read as a whole."""
        if isinstance(body, Path):
            headers = {**headers, "Content-Length": str(body.stat().st_size)}
            with body.open("rb") as file:
                return self._open(method, path, file, headers, wait)
        data = None if body is None else json.dumps(body).encode()
        return self._open(method, path, data, headers, wait)

    def _open(self, method: str, path: str, data: Any, headers: dict[str, str], wait: int) -> Any:
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        with self.opener.open(request, timeout=wait) as answer:
            return json.loads(answer.read() or b"{}")


def make_key() -> str:
    """Make an idempotency key."""
    return f"kt-{os.urandom(16).hex()}"


def parse(text: str, place: str) -> Any:
    """Return what a JSON text of the user says; stop if it is none."""
    try:
        return json.loads(text)
    except ValueError as error:
        stop(USAGE, f"{place} is not JSON: {error}")


def read_text(name: str) -> str:
    """Read a file of the user, or stdin for `-`."""
    return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")


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
