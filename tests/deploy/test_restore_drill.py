"""A drill: a backup taken while gateways serve is restored into an empty place, which serves on."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import boto3  # type: ignore[import-untyped]
import pytest

from tests.admin_commands import run_admin, run_admin_json
from tests.fakes.buckets import BUCKET_KEYS, serve_bucket
from tests.gateway import (
    JOB_SECONDS,
    Client,
    Gateway,
    picture_data_uri,
    picture_input,
    run_worker,
    serve_gateway,
)
from tests.library.files import create_project, make_png, upload_asset
from tests.services.postgres import PostgresServer
from tests.services.valkey import ValkeyServer

MOST_JOBS = 8


@contextmanager
def submitting(client: Client) -> Iterator[list[str]]:
    """Submit jobs one after the other for the block; yield the ids of those accepted."""
    accepted: list[str] = []
    is_over = threading.Event()

    def submit() -> None:
        while not is_over.is_set() and len(accepted) < MOST_JOBS:
            answer = client.submit("image.generate", picture_input(f"{len(accepted)}"))
            assert answer.status_code == 202, answer.text
            accepted.append(answer.json()["jobId"])

    thread = threading.Thread(target=submit)
    thread.start()
    try:
        yield accepted
    finally:
        is_over.set()
        thread.join(JOB_SECONDS)


def read_credit(client: Client) -> dict[str, object]:
    """Return the balance of an account, without the address of its gateway."""
    return {name: value for name, value in client.get_balance().items() if name != "topUpUrl"}


def download(client: Client, job_id: str) -> bytes:
    """Download the first output of a job."""
    url = client.get_job(job_id)["outputs"][0]["url"]
    answer = client.http.get(url, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.content


def drill(old: Gateway, place: dict[str, str], folder: Path, *options: str) -> None:
    """Make jobs, back up while others are made, restore into an empty place, and compare."""
    with ExitStack() as stack:
        account = stack.enter_context(old.account(credit_usd="2"))
        busy = stack.enter_context(old.account(credit_usd="50"))
        edit = {"prompt": "a hat", "images": [picture_data_uri()]}
        jobs = [account.run_job("image.edit", edit)["jobId"]]
        first = account.submit("image.generate", picture_input(), key="once")
        jobs.append(account.wait_for_job(first.json()["jobId"])["jobId"])
        project = create_project(account)
        asset = upload_asset(account, project, "fox.png", make_png(64, 64))
        pictures = [download(account, each) for each in jobs]
        balance = read_credit(account)
        target = folder / "backups"
        with submitting(busy) as accepted:
            done = run_admin_json(old, "backup", str(target), *options)
        assert (done["lost"], done["damaged"]) == ([], [])
        assert done["copiedFiles"] == done["files"] > 0
        again = run_admin_json(old, "backup", str(target), *options)
        assert again["copiedFiles"] < again["files"]  # only what is new since
        assert accepted
        old.stop()

    moved = folder / "moved"
    moved.mkdir(mode=0o700)
    shutil.copy(old.data_dir / "secrets.json", moved)  # kept apart, as the documents say
    new = Gateway(moved, **place)
    first_backup = str(target / done["backup"])
    run_admin(new, "restore", first_backup, "--check", *options)
    restored = run_admin_json(new, "restore", first_backup, *options)
    assert set(restored["secrets"].values()) == {"same"}
    assert "warning" not in restored
    assert run_admin_json(new, "audit", "verify")["wrong"] == []
    with serve_gateway(moved, **place) as serving, ExitStack() as stack:
        if "KT_REDIS_URL" in place:
            stack.enter_context(run_worker(serving))
        http = stack.enter_context(serving.client(account.key))
        same = Client(http, account.key, account.account_id)
        assert read_credit(same) == balance
        assert [download(same, each) for each in jobs] == pictures
        shown = http.get("/api/v1/studio/assets/metadata", params={"assetId": asset["assetId"]})
        assert shown.json()["sha256"] == asset["sha256"]
        replayed = same.submit("image.generate", picture_input(), key="once")
        assert (replayed.status_code, replayed.text) == (first.status_code, first.text)
        assert replayed.headers["idempotency-replayed"] == "true"
        assert read_credit(same) == balance  # the replay was not charged
        assert same.run_job("image.generate", picture_input("after"))["status"] == "succeeded"
        assert run_admin(new, "check", "--storage").stdout.strip() == "clean"


@pytest.mark.promise("operations: backup-restores")
def test_a_backup_of_sqlite_and_a_folder_is_restored_and_serves(tmp_path: Path) -> None:
    with serve_gateway(tmp_path / "data", KT_SUBMITS_PER_MINUTE="100000") as old:
        drill(old, {"KT_SUBMITS_PER_MINUTE": "100000"}, tmp_path)


@pytest.fixture
def bucket_address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server with an empty bucket `media`, and one `restored` beside it."""
    for name, value in BUCKET_KEYS.items():
        monkeypatch.setenv(name, value)
    with serve_bucket("us-east-1") as address:
        boto3.client("s3", endpoint_url=address, region_name="us-east-1").create_bucket(
            Bucket="restored"
        )
        yield address


@pytest.mark.slow
@pytest.mark.promise("operations: backup-restores")
def test_a_backup_of_postgresql_and_s3_is_restored_and_serves(
    tmp_path: Path,
    postgres: PostgresServer,
    postgres_template: str,
    valkey: ValkeyServer,
    bucket_address: str,
) -> None:
    urls = [postgres.create_database(postgres_template), postgres.create_database()]
    places = [
        {
            "KT_DATABASE_URL": url,
            "KT_REDIS_URL": f"{valkey.url}",
            "KT_STORAGE_URL": f"s3://{bucket}/kt?endpoint={bucket_address}&region=us-east-1",
            "KT_SUBMITS_PER_MINUTE": "100000",
            "KT_WORKER_METRICS": "",
            **BUCKET_KEYS,
        }
        for url, bucket in zip(urls, ("media", "restored"), strict=True)
    ]
    programs = ("--pg-bin", str(postgres.postmaster.bindir)) if postgres.is_ours else ()
    try:
        with serve_gateway(tmp_path / "data", **places[0]) as old, run_worker(old):
            drill(old, places[1], tmp_path, *programs)
    finally:
        for url in urls:
            postgres.drop_database(url)
