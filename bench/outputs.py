"""Lists, searches and changes among 10,000 results, as milliseconds of an answer.

    python -m bench.outputs            both databases, 40 rounds
    python -m bench.outputs --rounds 5

One account has 10,000 results of 4,000 jobs, a fifth of them kept; another has as many. Each call
goes through the front door of a gateway in this process, without a socket, one at a time: guard,
key, statement, rendering and signed URLs; pages also render their HTML. The goals are 150 ms for
an answer of the API, the grid and a search, and 300 ms for a change by a page, at the 95th
percentile. On a busy machine only `least` and `cpu` say something: the latter is the processor time
of this process for an answer at the median, without the database's where that is another process.
"""

import argparse
import asyncio
import gc
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
from sqlalchemy import insert, text

from gateway.app import Application, run_application
from gateway.configuration.settings import Settings
from gateway.identity.keys.sessions import open_session
from gateway.kit.clock import DAY, HOUR, MINUTE
from gateway.kit.database.sessions import Session
from gateway.kit.ids import Ids, encode_crockford
from gateway.kit.search_text import fold_text
from gateway.migrations.metadata import METADATA
from tests.in_process import open_account_client
from tests.services.postgres import PostgresServer

RESULTS, JOBS, ROUNDS = 10_000, 4_000, 40
VIDEO_SHARE, KEPT_SHARE, STAR_SHARE, TAG_SHARE = 0.05, 0.2, 0.01, 0.05
MOST_READ_MS, MOST_ACT_MS = 150.0, 300.0
OUTPUTS, ASSETS = "/api/v1/media/outputs", "/api/v1/studio/assets"
WORDS = Path(__file__).read_text().split()
TASKS = (("image.generate", "image", "image/png"), ("video.generate", "video", "video/mp4"))


class Row(NamedTuple):
    """A line of the table."""

    name: str
    goal_ms: float
    milliseconds: list[float]
    cpu_milliseconds: list[float]

    @property
    def slow_ms(self) -> float:
        """Return the 95th percentile."""
        if len(self.milliseconds) == 1:
            return self.milliseconds[0]
        return statistics.quantiles(self.milliseconds, n=20, method="inclusive")[-1]

    @property
    def meets_goal(self) -> bool:
        """Return True if the 95th percentile meets its goal."""
        return self.slow_ms <= self.goal_ms

    def __str__(self) -> str:
        """Return the values as a line, in milliseconds."""
        values = (
            statistics.median(self.cpu_milliseconds),
            min(self.milliseconds),
            statistics.median(self.milliseconds),
            self.slow_ms,
            self.goal_ms,
        )
        verdict = "ok" if self.meets_goal else "MISSED"
        return f"{self.name:<44}{''.join(f'{each:>9.1f}' for each in values)}  {verdict}"


class Press(NamedTuple):
    """A request: a page, a call of the API, or a form of a page."""

    name: str
    path: str
    query: dict[str, Any]
    form: dict[str, str] | None = None


class Filler:
    """The rows of an account's jobs, results and assets, drawn from a fixed seed."""

    def __init__(self, account: int, now: int, seed: int) -> None:
        self.account, self.now = account, now
        self.random = random.Random(seed)  # noqa: S311 - rows, not secrets
        self.ids = Ids()
        self.rows: dict[str, list[dict[str, Any]]] = {"job": [], "job_output": [], "asset": []}
        self.project_ids = [self.ids.new("proj") for _ in range(4)]
        self.places: list[str] = []

    def draw(self) -> None:
        """Draw jobs over 60 days, newest last, until there are enough results."""
        for number in range(JOBS):
            left = RESULTS - len(self.rows["job_output"])
            count = min(left - (JOBS - number - 1), self.random.choice((1, 1, 4, 4)))
            self._draw_job(self.now - (JOBS - number) * 60 * DAY // JOBS, max(1, count))
        while len(self.rows["job_output"]) < RESULTS:
            self._draw_job(self.now - MINUTE, 1)

    def _draw_job(self, created_at: int, count: int) -> None:
        task, kind, mime_type = TASKS[self.random.random() < VIDEO_SHARE]
        job_id = (
            f"job_{encode_crockford((created_at // 1_000) << 80 | self.random.getrandbits(80))}"
        )
        prompt = " ".join(self.random.choices(WORDS, k=30))
        project_id = self.random.choice([None, None, *self.project_ids])
        given = {"prompt": prompt, "width": 1024, "height": 1024, "seed": 41, "count": count}
        self.rows["job"].append(
            {
                "id": job_id, "account_id": self.account, "book": "test", "task": task,
                "queue": kind, "state": "succeeded", "hold_id": self.ids.new("trf"),
                "price_microusd": 20_000 * count, "captured_microusd": 20_000 * count,
                "created_at": created_at, "finished_at": created_at, "fence": 1, "version": 3,
                "project_id": project_id, "effective_input_json": json.dumps(given),
                "breakdown_json": json.dumps({"parts": ["x" * 300]}), "inputs_json": "{}",
                "adjustments_json": "[]", "warnings_json": "[]",
            }
        )  # fmt: skip
        for index in range(count):
            kept = self.random.random() < KEPT_SHARE
            self._draw_output(job_id, index, created_at + 2 * DAY, (kind, mime_type, prompt))
            row = self.rows["job_output"][-1] | {"task": task, "project_id": project_id}
            self.rows["job_output"][-1] = row
            if kept:
                self._draw_asset(job_id, index, created_at, (kind, mime_type, prompt))

    def _draw_output(
        self, job_id: str, index: int, expires_at: int, form: tuple[str, str, str]
    ) -> None:
        kind, mime_type, prompt = form
        starred_at = self.now if self.random.random() < STAR_SHARE else None
        self.rows["job_output"].append(
            {
                "job_id": job_id, "index": index, "key": f"outputs/{job_id}/1/{index}.png",
                "kind": kind, "mime_type": mime_type, "width": 1024, "height": 1024,
                "size_bytes": 1_000_000, "sha256": "0" * 64, "expires_at": expires_at,
                "deleted_at": None if expires_at > self.now - DAY else expires_at + DAY,
                "account_id": self.account, "starred_at": starred_at,
                "search_text": fold_text(prompt),
            }
        )  # fmt: skip

    def _draw_asset(
        self, job_id: str, index: int, created_at: int, form: tuple[str, str, str]
    ) -> None:
        kind, mime_type, prompt = form
        asset_id = self.ids.new("ast")
        tags = ["hero"] if self.random.random() < TAG_SHARE else []
        self.rows["asset"].append(
            {
                "id": asset_id, "account_id": self.account, "project_id": self.project_ids[0],
                "kind": kind, "name": prompt[:80], "filename": "a.png", "mime_type": mime_type,
                "key": f"assets/{asset_id}/1.png", "tags_json": json.dumps(tags), "source": "job",
                "job_id": job_id, "output_index": index, "version": 1, "created_at": created_at,
                "updated_at": created_at, "search_text": fold_text(prompt[:80], *tags),
            }
        )  # fmt: skip

    async def insert(self, session: Session) -> None:
        """Insert the rows; required columns without a value become 0 or empty."""
        projects = [
            {"id": each, "account_id": self.account, "name": "Fox"} for each in self.project_ids
        ]
        for name, rows in {"project": projects, **self.rows}.items():
            table = METADATA.tables[name]
            empty = {
                column.name: column.type.python_type()
                for column in table.columns
                if not column.nullable and column.identity is None
            }
            names = {name for row in rows for name in row}
            blank = dict.fromkeys(names) | empty
            await session.execute(insert(table), [blank | row for row in rows])


def list_calls(filler: Filler, now: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the name, path and query of each call of the API."""
    outputs = filler.rows["job_output"]
    deep = f"{outputs[len(outputs) // 10]['job_id']}/0"
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime((now + 6 * HOUR) // 1_000_000))
    common, rare = WORDS[0], " ".join(outputs[7]["search_text"].split()[:4])
    one = {"jobId": outputs[500]["job_id"], "outputIndex": 0}
    yield "newest page of 48", OUTPUTS, {}
    yield "page of 100", OUTPUTS, {"limit": 100}
    yield "page behind 9,000 results", OUTPUTS, {"cursor": deep}
    yield "one result", OUTPUTS, one
    yield "starred, 1 %", OUTPUTS, {"starred": 1}
    yield "videos, 5 %", OUTPUTS, {"kind": "video"}
    yield "sound, none", OUTPUTS, {"kind": "audio"}
    yield "task, 5 %", OUTPUTS, {"task": "video.generate"}
    yield "project", OUTPUTS, {"projectId": filler.project_ids[1]}
    yield "project with 2,000 kept", OUTPUTS, {"projectId": filler.project_ids[0]}
    yield "ending within 6 hours", OUTPUTS, {"endsBefore": soon}
    yield "search, a frequent word", OUTPUTS, {"q": common}
    yield "search, words of one prompt", OUTPUTS, {"q": rare}
    yield "search, a tag", OUTPUTS, {"q": "hero"}
    yield "search, nothing found", OUTPUTS, {"q": "zzzz qqqq"}
    yield "prompts", "/api/v1/media/prompts", {}
    yield "assets of all projects", ASSETS, {}
    yield "assets, search", ASSETS, {"q": "hero"}
    yield "assets, nothing found", ASSETS, {"q": "zzzz"}


def list_presses(filler: Filler) -> Iterator[Press]:
    """Yield the pages and forms of a person, each with its effect undone by a later one."""
    kept = filler.rows["asset"][len(filler.rows["asset"]) // 2]
    place = f"{kept['job_id']}/{kept['output_index']}"
    result, acts = f"/create/{place}", "/create/outputs"
    yield Press("page: grid of 48", "/create", {})
    yield Press("page: grid, a search", "/create", {"q": WORDS[0]})
    yield Press("page: one result", result, {})
    yield Press("page: star", acts, {}, {"decision": f"star:{place}"})
    yield Press("page: rename", result, {}, {"decision": "name", "name": "Reineke"})
    yield Press("page: delete", acts, {}, {"decision": f"delete:{place}"})
    yield Press("page: undo", result, {}, {"decision": "restore"})
    yield Press("page: take the star away", acts, {}, {"decision": f"unstar:{place}"})


async def measure(application: Application, rounds: int, label: str) -> list[Row]:
    """Fill the database and call everything in turn, so that other work strikes all alike."""
    now = application.database.clock.now()
    async with open_account_client(application) as http:
        async with application.database.write() as session:
            account = (await session.execute(text("SELECT max(id) FROM ledger_account"))).scalar()
            other = Filler(int(account or 0) + 1_000, now, seed=2)
            filler = Filler(int(account or 0), now, seed=1)
            for each in (other, filler):
                each.draw()
                await each.insert(session)
            # PostgreSQL does this by itself within a minute after many rows came.
            await session.execute(text("ANALYZE"))
            (account_id,) = (await session.execute(text("SELECT max(id) FROM account"))).one()
            _, token = await open_session(session, Ids(), account_id=account_id, origin="bench")
        calls = [(MOST_READ_MS, Press(*call)) for call in list_calls(filler, now)]
        presses = list_presses(filler)
        calls += [(MOST_READ_MS if each.form is None else MOST_ACT_MS, each) for each in presses]
        gc.collect()
        gc.freeze()  # 70,000 drawn rows, which no gateway has in memory for its collector to visit
        rows = [Row(f"{label}: {each.name}", goal, [], []) for goal, each in calls]
        http.headers.update(
            {
                "HX-Request": "true",
                "Sec-Fetch-Site": "same-origin",
                "Cookie": f"kt_session={token}",
            }
        )
        for _ in range(rounds + 1):
            for row, (_, press) in zip(rows, calls, strict=True):
                passed, cpu = await time_call(http, press)
                row.milliseconds.append(passed)
                row.cpu_milliseconds.append(cpu)
    return [row._replace(milliseconds=row.milliseconds[1:]) for row in rows]


async def time_call(http: httpx2.AsyncClient, press: Press) -> tuple[float, float]:
    """Return how long an answer takes and its processor time here, both in milliseconds."""
    began, busy = time.perf_counter(), time.process_time()
    if press.form is None:
        answer = await http.get(press.path, params=press.query)
    else:
        answer = await http.post(press.path, data=press.form)
    passed, cpu = time.perf_counter() - began, time.process_time() - busy
    if answer.status_code != httpx2.codes.OK:
        raise RuntimeError(f"{press.name}: {answer.status_code} {answer.text[:500]}")
    return passed * 1_000, cpu * 1_000


async def run_on(url: str, folder: Path, rounds: int, label: str) -> list[Row]:
    """Measure a gateway on a database."""
    settings = Settings(
        data_dir=folder,
        database_url=url,
        log_level="warning",
        submits_per_minute=100_000,
        reads_per_minute=100_000,
    ).with_secrets()
    async with run_application(settings) as application:
        return await measure(application, rounds, label)


def main() -> int:
    """Measure both databases; return 1 if a goal is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    heads = "".join(f"{each:>9}" for each in ("cpu", "least", "median", "95th", "goal"))
    print(f"{'milliseconds of an answer':<44}{heads}")
    met = True
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(PostgresServer())
        urls = {
            "SQLite": f"sqlite+aiosqlite:///{folder}/bench.db",
            "PostgreSQL": postgres.create_database(),
        }
        for label, url in urls.items():
            (folder / label).mkdir()
            for row in asyncio.run(run_on(url, folder / label, rounds, label)):
                print(row, flush=True)
                met = met and row.meets_goal
    print(f"load {os.getloadavg()[0]:.1f}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
