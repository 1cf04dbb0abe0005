"""The way of a database of the last release: backed up as it is, migrated, backed up, restored."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.admin_commands import run_admin, run_admin_json
from tests.databases import DATABASE_KINDS
from tests.deploy.released_server import ReleasedGateway
from tests.deploy.test_restore_drill import download
from tests.gateway import Client, Gateway, picture_input
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.slow
ROLE = "kt_of_last_release"


@dataclass(frozen=True)
class Site:
    """A gateway of the last release, its owner's view of it, and an empty place for each backup."""

    old: ReleasedGateway
    owner: Gateway
    empty: Sequence[Gateway]
    programs: Sequence[str] = ()
    migrate: Sequence[str] = ("migrate",)


@pytest.fixture(params=DATABASE_KINDS)
def site(
    request: pytest.FixtureRequest, tmp_path: Path, released: tuple[str, ...]
) -> Iterator[Site]:
    folders = [tmp_path / name for name in ("old", "first", "second")]
    if request.param == "sqlite":
        owner, *empty = [Gateway(folder) for folder in folders]
        yield Site(ReleasedGateway(folders[0]), owner, empty)
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    urls = [postgres.create_database() for _ in folders]
    places = zip(folders, urls, strict=True)
    owner, *empty = [Gateway(folder, KT_DATABASE_URL=url) for folder, url in places]
    postgres.execute(f"CREATE ROLE {ROLE} LOGIN")
    as_role = make_url(urls[0]).set(username=ROLE).render_as_string(hide_password=False)
    old = ReleasedGateway(folders[0], KT_DATABASE_URL=as_role)
    programs = ("--pg-bin", str(postgres.postmaster.bindir)) if postgres.is_ours else ()
    try:
        yield Site(old, owner, empty, programs, ("migrate", "--grant-to", ROLE))
    finally:
        for url in urls:
            postgres.drop_database(url)
        postgres.execute(f"DROP ROLE {ROLE}")


@pytest.mark.promise("operations: backup-restores")
def test_a_database_of_the_last_release_is_backed_up_before_and_after_its_migration(
    site: Site, tmp_path: Path
) -> None:
    target = str(tmp_path / "backups")
    made = ReleasedGateway(site.owner.data_dir, **site.owner.settings).run_command(*site.migrate)
    assert made.returncode == 0, made.stderr
    try:
        site.old.start()
        key, account_id = site.old.create_account()
        with site.old.client(key) as http:
            client = Client(http, key, account_id)
            job = client.run_job("image.generate", picture_input())["jobId"]
            picture = download(client, job)
            before = back_up_with_last_release(site, target)
            migrated = site.owner.run_command(*site.migrate)
            assert migrated.returncode == 0, migrated.stderr
            after = run_admin_json(site.owner, "backup", target, *site.programs)
            assert download(client, job) == picture  # the last release serves on
    finally:
        site.old.kill()
    assert "purchase_bill" not in read_tables(target, before)
    assert "purchase_bill" in read_tables(target, after)
    for place, backup in zip(site.empty, (before, after), strict=True):
        place.data_dir.mkdir(mode=0o700)
        shutil.copy(site.old.data_dir / "secrets.json", place.data_dir)
        run_admin(place, "restore", f"{target}/{backup['backup']}", *site.programs)
        assert run_admin(place, "check", "--storage").stdout == "clean\n"
    first = site.empty[0].start()
    try:
        with first.client(key) as http:
            assert download(Client(http, key, account_id), job) == picture
    finally:
        first.kill()


def back_up_with_last_release(site: Site, target: str) -> Mapping[str, str]:
    """Back up the database with the program that serves it, and return its report."""
    program = ReleasedGateway(site.owner.data_dir, **site.owner.settings)
    made = program.run_command("admin", "backup", target, *site.programs, "--json")
    assert made.returncode == 0, made.stderr
    report: Mapping[str, str] = json.loads(made.stdout)
    return report


def read_tables(target: str, backup: Mapping[str, str]) -> Mapping[str, int]:
    """Return the rows of each table that the manifest of a backup names."""
    manifest = json.loads(Path(target, backup["backup"], "manifest.json").read_text())
    tables: Mapping[str, int] = manifest["tables"]
    return tables
