"""Shell completion of tasks, fields, ids and files.

The gateway is asked once for a while and with little patience: an answer is kept in the cache, and
without one nothing is offered. Nothing here may fail or print, for it would land in the middle of
the line that is being typed.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, TypeAlias

import typer

from killatamata import call_log, profiles
from killatamata._sync.client import Client
from killatamata.cli.task_schema import is_media_field, list_values
from killatamata.types import TaskShown

Offer: TypeAlias = tuple[str, str]
"""A value that may stand in the place, and a few words about it."""
PATIENCE_SECONDS = 1.5
IDS_KEPT_SECONDS, TASKS_KEPT_SECONDS, FAILURE_KEPT_SECONDS = 15, 3600, 15
NEWEST = 50
TASK_OF_SHORT_FORMS = {
    "generate": "image.generate",
    "edit": "image.edit",
    "upscale": "image.upscale",
}


def get_cache_folder() -> Path:
    """Return the folder of the cache, below `XDG_CACHE_HOME` or `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "killatamata"


def _load(
    context: typer.Context, name: str, fetch: Callable[[Client], Any], kept_seconds: int
) -> Any:  # noqa: ANN401 - what `fetch` returns
    """Return what the cache holds, else what the gateway says; None where neither helps."""
    try:
        options = (context.params.get(each) for each in ("api_key", "base_url", "profile"))
        key, base = profiles.require_credentials(*options)
        account = hashlib.sha256(f"{base}\n{key}".encode()).hexdigest()[:16]
        file = get_cache_folder() / f"{account}-{name}.json"
        failed = file.with_suffix(".failed")
        if _is_fresh(file, kept_seconds):
            return json.loads(file.read_text(encoding="utf-8"))
        if _is_fresh(failed, FAILURE_KEPT_SECONDS):
            return None  # a gateway that is down is not asked again at each key stroke
        found = _fetch_in_time(key, base, fetch)
        _save(failed if found is None else file, found)
    except Exception:  # noqa: BLE001 - whatever it is, a shell cannot be told
        return None
    return found


def _is_fresh(file: Path, kept_seconds: int) -> bool:
    return file.is_file() and time.time() - file.stat().st_mtime < kept_seconds


def _fetch_in_time(key: str | None, base: str, fetch: Callable[[Client], Any]) -> Any:  # noqa: ANN401 - what `fetch` returns
    """Return what `fetch` does, or None if that fails or takes longer than the patience.

    A timeout of the client holds for each read alone, and not for the look-up of a host's name. So
    the call runs in a thread, which does not keep the program from ending.
    """
    found: list[Any] = []

    def ask() -> None:
        with (
            suppress(Exception),
            Client(key, base_url=base, timeout=PATIENCE_SECONDS, max_retries=0) as client,
        ):
            call_log.LOG.disabled = True  # `KT_LOG` would print into the line that is typed
            found.append(fetch(client))

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    return found[0] if found else None


def _save(file: Path, content: object) -> None:
    with suppress(OSError):  # a cache that cannot be written costs time, not the answer
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)  # names and prompts are nobody else's business
        fresh.write_text(json.dumps(content), encoding="utf-8")
        fresh.replace(file)


def _build_completer(
    name: str, list_offers: Callable[[Client], Iterable[tuple[str, str | None]]]
) -> Callable[[typer.Context, str], list[Offer]]:
    """Build a callback of typer that offers the newest ids of a kind."""

    def complete(ctx: typer.Context, incomplete: str) -> list[Offer]:
        found = _load(ctx, name, lambda client: [*list_offers(client)], IDS_KEPT_SECONDS)
        return [
            (each, _to_help(words)) for each, words in found or () if each.startswith(incomplete)
        ]

    return complete


def _to_help(words: str | None) -> str:
    """Return words in one printable line, without the brackets that rich takes for markup."""
    line = "".join(each if each.isprintable() else " " for each in (words or "")[:60])
    return line.replace("[", "(").replace("]", ")")


complete_jobs = _build_completer(
    "jobs", lambda c: ((j.id, f"{j.task} {j.status}") for j in c.jobs.list(limit=NEWEST).data)
)
complete_outputs = _build_completer(
    "outputs",
    lambda c: (
        (f"{o.job_id}/{o.output_index}", o.name or o.prompt)
        for o in c.outputs.list(limit=NEWEST).data
    ),
)
complete_keys = _build_completer(
    "keys",
    lambda c: ((k.key_prefix, k.label) for k in c.keys.list(limit=NEWEST).data if not k.revoked_at),
)
complete_shares = _build_completer(
    "shares", lambda c: ((s.share_id, s.state) for s in c.shares.list(limit=NEWEST).data)
)
complete_projects = _build_completer(
    "projects", lambda c: ((p.project_id, p.name) for p in c.studio.projects.list())
)
complete_assets = _build_completer(
    "assets",
    lambda c: ((a.asset_id, a.name) for a in c.studio.assets.search(limit=NEWEST).data),
)
complete_storyboards = _build_completer(
    "storyboards",
    lambda c: (
        (a.asset_id, a.name) for a in c.studio.assets.search(kind="storyboard", limit=NEWEST).data
    ),
)
complete_plans = _build_completer(
    "plans",
    lambda c: (
        (p.plan_id, f"{p.state} ${p.total_usd} {p.title or ''}")
        for p in c.plans.list(limit=NEWEST).data
    ),
)
complete_threads = _build_completer(
    "threads", lambda c: ((t.thread_id, t.title) for t in c.studio.snapshot().threads)
)
complete_purchases = _build_completer(
    "purchases",
    lambda c: ((p.id, f"${p.price_usd}") for p in c.purchases.list(limit=NEWEST).data),
)
complete_packages = _build_completer(
    "packages", lambda c: ((p.code, f"{p.name} ${p.price_usd}") for p in c.packages().packages)
)
complete_deliveries = _build_completer(
    "deliveries",
    lambda c: (
        (d.delivery_id, f"{d.type} {d.status}") for d in c.webhooks.deliveries(limit=NEWEST).data
    ),
)


def complete_profiles(incomplete: str) -> list[str]:
    """Offer the profiles of the settings."""
    try:
        names = profiles.load_config().get("profile", {})
    except Exception:  # noqa: BLE001 - whatever it is, a shell cannot be told
        return []
    return [each for each in names if each.startswith(incomplete)]


def complete_tasks(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the tasks with what they make."""
    tasks = _load_tasks(ctx)
    return [
        (name, _to_help(each["title"]))
        for name, each in tasks.items()
        if name.startswith(incomplete)
    ]


def complete_words(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the fields of the task that are not given yet, the values of one, or files."""
    task = ctx.params.get("task") or TASK_OF_SHORT_FORMS.get(ctx.info_name or "", "")
    fields: dict[str, Any] = _load_tasks(ctx).get(task, {}).get("fields", {})
    name, sign, start = _split_word(incomplete)
    if sign == "@":
        offers = [(f"{name}@{each}", "") for each in list_paths(start)]
    elif sign:
        offers = [(f"{name}={each}", "") for each in fields.get(name, {}).get("values", ())]
    else:
        # `edit PICTURE PROMPT` has parameters of the names of fields: they are given too.
        given = {*ctx.params, *(_split_word(word)[0] for word in ctx.params.get("words") or ())}
        offers = [
            (f"{field}{'@' if each['media'] else '='}", _to_help(each["help"]))
            for field, each in fields.items()
            if field not in given
        ]
    return [(word, words) for word, words in offers if word.startswith(incomplete)]


def _split_word(word: str) -> tuple[str, str, str]:
    at = next((place for place, letter in enumerate(word) if letter in "=@:"), len(word))
    return word[:at], word[at : at + 1], word[at + 1 :]


def list_paths(start: str) -> list[str]:
    """List the files and folders whose paths begin so; a folder ends in /.

    There are none for a user without a home, and in a folder that cannot be read.
    """
    head, _, name = start.rpartition("/")
    try:
        folder = Path(f"{head}/" if "/" in start else ".").expanduser()
        entries = [(each.name, each.is_dir()) for each in sorted(folder.iterdir())]
    except (OSError, RuntimeError):
        return []
    return [
        f"{head}/{entry}"[0 if "/" in start else 1 :] + "/" * is_folder
        for entry, is_folder in entries
        if entry.startswith(name) and (name.startswith(".") or not entry.startswith("."))
    ]


def _load_tasks(context: typer.Context) -> dict[str, Any]:
    tasks: dict[str, Any] | None = _load(
        context,
        "tasks",
        lambda client: {each.task: _summarize_task(each) for each in client.tasks()},
        TASKS_KEPT_SECONDS,
    )
    return tasks or {}


def _summarize_task(task: TaskShown) -> dict[str, Any]:
    schema = task.input_schema
    names = sorted(schema["properties"], key=lambda name: name not in schema.get("required", ()))
    return {
        "title": task.title,
        "fields": {name: _summarize_field(name, schema) for name in names},
    }


def _summarize_field(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    field = schema["properties"][name]
    return {
        "help": field.get("description", ""),
        "media": "Url" not in name and is_media_field(name, schema),
        "values": [*dict.fromkeys(list_values(field))],
    }
