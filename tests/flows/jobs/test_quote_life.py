"""Quotes over time: expiry, changed prices, and media of other people's servers that change."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import pytest

from gateway.app import Application, run_application
from gateway.configuration.settings import Settings
from gateway.kit.clock import DAY, HOUR, MINUTE, SECOND
from gateway.media.sweeps.input_sweeps import InputSweeps
from tests.databases import MovedClock
from tests.gateway import draw_picture, picture_data_uri, picture_input, quote_item
from tests.in_process import build_client, open_account_client

pytestmark = pytest.mark.anyio
JOBS, QUOTE, TASK = "/api/v1/media/jobs", "/api/v1/media/quote", "image.generate"
EDIT = {"prompt": "night", "image": picture_data_uri()}
ON_ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class PictureHost(BaseHTTPRequestHandler):
    """A host that answers each request with a new picture."""

    served_paths: list[str]

    def do_GET(self) -> None:
        self.served_paths.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(draw_picture(256, 256, shade=len(self.served_paths)))

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def host() -> Iterator[tuple[str, list[str]]]:
    """Somebody's web server: its address, and the paths it was asked for."""
    served: list[str] = []
    handler = type("Own", (PictureHost,), {"served_paths": served})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, args=(0.02,)).start()
    yield f"127.0.0.1:{server.server_port}", served
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(database_url: str, data_dir: Path, host: tuple[str, list[str]]) -> Settings:
    data_dir.mkdir()
    given = Settings(
        data_dir=data_dir,
        database_url=database_url,
        fetch_allow=host[0],
        running_jobs=1,
        queued_jobs=3,
    )
    return given.with_secrets()


async def create_quote(http: httpx2.AsyncClient, *items: dict[str, Any]) -> dict[str, Any]:
    answer = await http.post(QUOTE, json={"items": items})
    assert answer.status_code == 200, answer.text
    quote: dict[str, Any] = answer.json()
    return quote


async def submit_job(
    http: httpx2.AsyncClient, task: str, given: dict[str, Any], **more: object
) -> httpx2.Response:
    return await http.post(JOBS, json={"task": task, "input": given, **more})


async def wait_for_job(http: httpx2.AsyncClient, answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    query = {"jobId": answer.json()["jobId"], "waitSeconds": 30, "includeDetails": 1}
    job: dict[str, Any] = (await http.get(JOBS, params=query)).json()
    assert job["status"] == "succeeded", job
    return job


def read_refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def count_stored_files(data_dir: Path) -> int:
    return sum(path.is_file() for path in (data_dir / "files" / "inputs").rglob("*"))


async def test_a_quote_ends_after_15_minutes_and_is_forgotten_after_7_days(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock
) -> None:
    quote = await create_quote(
        http, quote_item(TASK, picture_input()), quote_item(TASK, picture_input("used"))
    )
    terms = {"quoteId": quote["quoteId"]}
    await clock.advance(application.database, 14 * MINUTE)
    used = await submit_job(http, TASK, picture_input("used"), **terms)
    await wait_for_job(http, used)
    await clock.advance(application.database, MINUTE)
    assert read_refusal(await submit_job(http, TASK, picture_input(), **terms)) == (
        410,
        "quote_expired",
    )
    again = await submit_job(http, TASK, picture_input("used"), **terms)
    assert read_refusal(again) == (409, "quote_used")
    assert again.json()["jobId"] == used.json()["jobId"]
    await clock.advance(application.database, 8 * DAY)
    await InputSweeps(application.database, application.storage).purge_quotes()
    assert read_refusal(await submit_job(http, TASK, picture_input(), **terms)) == (
        404,
        "not_found",
    )


@pytest.mark.slow
@ON_ONE_DATABASE
async def test_a_quote_fetches_once_and_its_job_runs_on_what_came(
    http: httpx2.AsyncClient, host: tuple[str, list[str]]
) -> None:
    given = {"prompt": "night", "imageUrl": f"http://{host[0]}/a.png?token=secret"}
    quote = await create_quote(http, quote_item("image.edit", given))
    assert host[1] == ["/a.png?token=secret"]
    job = await wait_for_job(
        http, await submit_job(http, "image.edit", given, quoteId=quote["quoteId"])
    )
    assert len(host[1]) == 1
    assert job["effectiveInput"] == quote["items"][0]["effectiveInput"]
    fresh = await wait_for_job(http, await submit_job(http, "image.edit", given))
    assert len(host[1]) == 2
    shas = {each["effectiveInput"]["images"][0]["sha256"] for each in (job, fresh)}
    assert len(shas) == 2


async def test_bytes_are_kept_for_a_quote_and_then_for_its_jobs(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock, data_dir: Path
) -> None:
    sweeps = InputSweeps(application.database, application.storage)
    other = EDIT | {"image": picture_data_uri(shade=91)}
    used, unused = [
        await create_quote(http, quote_item("image.edit", each)) for each in (EDIT, other)
    ]
    await wait_for_job(http, await submit_job(http, "image.edit", EDIT, quoteId=used["quoteId"]))
    await sweeps.purge_quotes()
    assert count_stored_files(data_dir) == 2
    await clock.advance(application.database, 14 * MINUTE + 10 * SECOND)
    await sweeps.purge_quotes()
    assert count_stored_files(data_dir) == 2
    await clock.advance(application.database, 3 * MINUTE)
    await sweeps.purge_quotes()
    assert count_stored_files(data_dir) == 1
    await clock.advance(application.database, 73 * HOUR)
    await application.job_sweeps.delete_stale_inputs()
    assert count_stored_files(data_dir) == 0
    await clock.advance(application.database, 5 * DAY)
    await sweeps.purge_quotes()
    forgotten = await submit_job(http, "image.edit", other, quoteId=unused["quoteId"])
    assert read_refusal(forgotten) == (404, "not_found")


@pytest.mark.slow
@ON_ONE_DATABASE
async def test_a_refused_quote_leaves_no_file(http: httpx2.AsyncClient, data_dir: Path) -> None:
    bad = quote_item("image.edit", EDIT | {"image": "data:image/png;base64,AAAA"})
    answer = await http.post(QUOTE, json={"items": [quote_item("image.edit", EDIT), bad]})
    assert answer.json()["field"] == "items.1.input.image"
    assert count_stored_files(data_dir) == 0


@pytest.mark.slow
async def test_a_source_may_be_quoted_before_it_is_made(
    application: Application, http: httpx2.AsyncClient
) -> None:
    ahead = await submit_job(http, TASK, picture_input("[sandbox:slow=60]"))
    source = await submit_job(http, TASK, picture_input())
    given = {"imageUrl": f"job://{source.json()['jobId']}/0"}
    quote = await create_quote(http, quote_item("image.upscale", given))
    terms = {"quoteId": quote["quoteId"]}
    early = await submit_job(http, "image.upscale", given, **terms)
    assert read_refusal(early) == (409, "source_not_ready")
    await http.post(f"{JOBS}/cancel", json={"jobId": ahead.json()["jobId"]})
    made = await wait_for_job(http, source)
    job = await wait_for_job(http, await submit_job(http, "image.upscale", given, **terms))
    assert job["billing"]["chargedMicrousd"] == quote["totalMicrousd"]
    assert job["effectiveInput"]["image"]["sha256"] == made["outputs"][0]["sha256"]
    sizes = [(e["effectiveInput"]["width"], e["effectiveInput"]["height"]) for e in quote["items"]]
    assert sizes == [(job["outputs"][0]["width"], job["outputs"][0]["height"])]


@pytest.mark.slow
@ON_ONE_DATABASE
async def test_an_own_output_is_the_same_input_however_its_url_is_signed(
    http: httpx2.AsyncClient,
) -> None:
    made = await wait_for_job(http, await submit_job(http, TASK, picture_input()))
    url = made["downloadableOutputUrls"][0]
    quote = await create_quote(http, quote_item("image.upscale", {"imageUrl": url}))
    reference = {"imageUrl": f"job://{made['jobId']}/0"}
    other = {"imageUrl": url.partition("?")[0] + "?exp=1&kid=a&sig=b"}
    await wait_for_job(
        http, await submit_job(http, "image.upscale", reference, quoteId=quote["quoteId"])
    )
    used = await submit_job(http, "image.upscale", other, quoteId=quote["quoteId"])
    assert read_refusal(used) == (409, "quote_used")


@pytest.mark.slow
@ON_ONE_DATABASE
async def test_a_full_queue_is_said_in_advance(http: httpx2.AsyncClient) -> None:
    one = quote_item(TASK, picture_input())
    assert (await create_quote(http, one, one, one))["blockedBy"] == []
    assert (await create_quote(http, one, one, one, one))["blockedBy"] == ["concurrency_limited"]


@pytest.mark.slow
@ON_ONE_DATABASE
async def test_a_quote_is_charged_at_the_lower_of_its_own_and_the_present_price(
    settings: Settings, clock: MovedClock, tmp_path: Path
) -> None:
    tables = {"dear": 50_000, "cheap": 15_000}
    for name, price in tables.items():
        text = f'{{"version": "{name}", "image.generate": {{"imageMicrousd": {price}}}}}'
        (tmp_path / name).write_text(text)
    async with (
        run_application(settings, clock) as application,
        open_account_client(application) as http,
    ):
        key = http.headers["x-api-key"]
        quote = await create_quote(
            http, quote_item(TASK, picture_input()), quote_item(TASK, picture_input())
        )
        assert (quote["priceVersion"], quote["items"][0]["priceUsd"]) == ("1", "0.02")
    charged = {}
    for name in tables:
        now = settings.model_copy(update={"prices": tmp_path / name})
        async with (
            run_application(now, clock) as application,
            build_client(application, key) as http,
        ):
            kept_price = await submit_job(http, TASK, picture_input(), quoteId=quote["quoteId"])
            for answer in (kept_price, await submit_job(http, TASK, picture_input())):
                bill = (await wait_for_job(http, answer))["billing"]
                charged[name, answer is kept_price] = (bill["chargedUsd"], bill["priceVersion"])
            fresh = await create_quote(http, quote_item(TASK, picture_input()))
            assert fresh["priceVersion"] == fresh["items"][0]["priceVersion"] == name
    assert charged == {
        ("dear", True): ("0.02", "1"),
        ("dear", False): ("0.05", "dear"),
        ("cheap", True): ("0.015", "cheap"),
        ("cheap", False): ("0.015", "cheap"),
    }
