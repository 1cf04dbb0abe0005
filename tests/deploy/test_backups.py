"""Backups and restores by command: what they refuse, notice and leave alone."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.admin_commands import run_admin, run_admin_json
from tests.gateway import Gateway, picture_input, serve_gateway
from tests.services.postgres import PostgresServer


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> tuple[Gateway, Path]:
    """A stopped gateway that made one picture, and the folder with its backup."""
    folder = tmp_path_factory.mktemp("backups")
    with serve_gateway(folder / "data") as gateway, gateway.account() as client:
        client.run_job("image.generate", picture_input())
    run_admin(gateway, "backup", str(folder / "to"))
    return gateway, folder / "to"


@pytest.fixture
def copied(backed_up: tuple[Gateway, Path], tmp_path: Path) -> Path:
    """A copy of the folder of backups, for tests that damage it."""
    return Path(shutil.copytree(backed_up[1], tmp_path / "copied"))


@pytest.fixture
def place(tmp_path: Path) -> Gateway:
    """An empty place for an embedded gateway."""
    return Gateway(tmp_path / "place")


def find_only_backup(folder: Path) -> Path:
    """Return the one backup in a folder of backups."""
    (found,) = folder.glob("*Z")
    return found


def test_a_backup_has_no_secret_and_belongs_to_its_owner_alone(
    backed_up: tuple[Gateway, Path],
) -> None:
    gateway, folder = backed_up
    secrets = json.loads((gateway.data_dir / "secrets.json").read_text())
    for file in [each for each in folder.rglob("*") if each.is_file()]:
        assert file.name != "secrets.json"
        if file.name != ".killatamata-backups":
            assert file.stat().st_mode & 0o077 == 0, file
            data = file.read_bytes()
            assert not any(each.partition(":")[2].encode() in data for each in secrets.values())
    assert folder.stat().st_mode & 0o077 == 0


def test_the_overview_shows_when_the_last_backup_was_made(
    backed_up: tuple[Gateway, Path],
) -> None:
    gateway, folder = backed_up
    assert run_admin_json(gateway, "status")["lastBackupAt"] is not None
    (row,) = run_admin_json(gateway, "audit", "list", "--about", "backup")
    assert (row["action"], row["target"]) == ("backup.create", find_only_backup(folder).name)


def test_a_dry_run_of_a_backup_counts_and_writes_nothing(
    backed_up: tuple[Gateway, Path], tmp_path: Path
) -> None:
    gateway, folder = backed_up
    shown = run_admin_json(gateway, "backup", str(tmp_path / "new"), "--dry-run")
    assert shown["newFiles"] == shown["files"] > 0
    assert not (tmp_path / "new").exists()
    assert run_admin_json(gateway, "backup", str(folder), "--dry-run")["newFiles"] == 0


def test_old_backups_are_dropped_with_the_files_that_only_they_named(
    backed_up: tuple[Gateway, Path], copied: Path
) -> None:
    gateway, _ = backed_up
    old = find_only_backup(copied).rename(copied / "20200101T000000Z")
    (copied / "files" / "outputs" / "of_the_past").mkdir()
    (copied / "files" / "outputs" / "of_the_past" / "0.png").write_bytes(b"old")
    done = run_admin_json(gateway, "backup", str(copied), "--keep", "1")
    assert (done["dropped"], done["copiedFiles"]) == ([old.name], 0)
    assert not (copied / "files" / "outputs" / "of_the_past" / "0.png").exists()
    run_admin(gateway, "restore", str(copied), "--check")


@pytest.mark.parametrize("within", ["", "..", "files", "files/below", "backups"])
def test_a_backup_into_what_the_gateway_keeps_is_refused_and_nothing_is_dropped(
    backed_up: tuple[Gateway, Path], tmp_path: Path, within: str
) -> None:
    gateway, _ = backed_up
    own = Gateway(tmp_path / "around" / "data")
    shutil.copytree(gateway.data_dir, own.data_dir)
    before = sorted(own.data_dir.rglob("*"))
    target = own.data_dir / within
    refused = run_admin(own, "backup", str(target), "--keep", "1", code=1)
    assert "not apart from" in refused.output
    assert sorted(own.data_dir.rglob("*")) == before


def test_a_folder_with_files_of_something_else_is_refused_and_left_as_it_is(
    backed_up: tuple[Gateway, Path], tmp_path: Path
) -> None:
    gateway, _ = backed_up
    theirs = [tmp_path / "srv" / "files" / "theirs", tmp_path / "srv" / "20200101T000000Z" / "a"]
    for file in theirs:
        file.parent.mkdir(parents=True)
        file.touch()
    refused = run_admin(gateway, "backup", str(tmp_path / "srv"), "--keep", "1", code=1)
    assert "not of backups" in refused.output
    assert {each for each in (tmp_path / "srv").rglob("*") if each.is_file()} == {*theirs}


def test_folders_of_other_programs_beside_backups_are_left_alone(
    backed_up: tuple[Gateway, Path], copied: Path
) -> None:
    gateway, _ = backed_up
    theirs = [copied / "download.part" / "a", copied / "20200101T000000Z" / "no-manifest"]
    for file in theirs:
        file.parent.mkdir()
        file.touch()
    assert run_admin_json(gateway, "backup", str(copied), "--keep", "9")["dropped"] == []
    assert all(each.exists() for each in theirs)
    run_admin(gateway, "backup", str(copied), "--keep", "1")
    assert all(each.exists() for each in theirs)


def test_backups_of_one_second_have_names_of_their_own(
    backed_up: tuple[Gateway, Path], copied: Path
) -> None:
    gateway, _ = backed_up
    made = [run_admin_json(gateway, "backup", str(copied))["backup"] for _ in range(3)]
    assert len({*made}) == 3
    assert made == sorted(made)


def test_a_lost_file_is_named_and_the_backup_made_all_the_same(tmp_path: Path) -> None:
    with serve_gateway(tmp_path / "data") as gateway, gateway.account() as client:
        client.run_job("image.generate", picture_input())
    (lost,) = (gateway.data_dir / "files").glob("outputs/*/*/0.png")
    lost.unlink()
    ended = run_admin(gateway, "backup", str(tmp_path / "to"), "--json", code=1)
    key = lost.relative_to(gateway.data_dir / "files").as_posix()
    assert json.loads(ended.stdout)["lost"] == [key]
    assert run_admin_json(gateway, "restore", str(tmp_path / "to"), "--check")["lost"] == [key]


@pytest.mark.parametrize("part", ["manifest.json", "files.jsonl", "database.sqlite", "a file"])
def test_a_backup_with_a_changed_byte_is_refused(copied: Path, place: Gateway, part: str) -> None:
    picture = next((copied / "files").glob("outputs/*/*/0.png"))
    file = picture if part == "a file" else find_only_backup(copied) / part
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    run_admin(place, "restore", str(copied), "--check", code=1)
    run_admin(place, "restore", str(copied), code=1)
    assert not (place.data_dir / "kt.db").exists()
    assert not [*place.data_dir.rglob("*.png")]


def test_a_place_that_is_not_empty_is_refused_and_left_as_it_is(
    backed_up: tuple[Gateway, Path], place: Gateway
) -> None:
    gateway, folder = backed_up
    before = (gateway.data_dir / "kt.db").read_bytes()
    assert "exists" in run_admin(gateway, "restore", str(folder), code=1).output
    assert (gateway.data_dir / "kt.db").read_bytes() == before
    (place.data_dir / "files" / "outputs").mkdir(parents=True)
    (place.data_dir / "files" / "outputs" / "another").write_bytes(b"theirs")
    assert "not empty" in run_admin(place, "restore", str(folder), code=1).output
    assert not (place.data_dir / "kt.db").exists()


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
def test_a_journal_without_its_database_is_refused(
    backed_up: tuple[Gateway, Path], place: Gateway, suffix: str
) -> None:
    place.data_dir.mkdir()
    (place.data_dir / f"kt.db{suffix}").write_bytes(b"of a database that is gone")
    assert "exists" in run_admin(place, "restore", str(backed_up[1]), code=1).output
    assert not (place.data_dir / "kt.db").exists()


def test_a_restore_that_fails_at_its_end_leaves_no_database_and_can_be_repeated(
    backed_up: tuple[Gateway, Path], place: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway import migrations  # noqa: PLC0415

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "upgrade", fail_to_migrate)
        run_admin(place, "restore", str(backed_up[1]), code=1)
    assert not [*place.data_dir.glob("kt.db*")]
    run_admin(place, "restore", str(backed_up[1]))
    rows = run_admin_json(place, "audit", "list", "--about", "backup")
    assert [row["action"] for row in rows] == ["backup.restore"]


async def fail_to_migrate(*_: object, **__: object) -> None:
    """Fail as a migration that finds no room does."""
    raise sqlite3.OperationalError("database or disk is full")


def test_a_backup_of_an_older_schema_is_refused_and_changes_nothing(
    backed_up: tuple[Gateway, Path], tmp_path: Path
) -> None:
    old = Gateway(tmp_path / "data")
    shutil.copytree(backed_up[0].data_dir, old.data_dir)
    with closing(sqlite3.connect(old.data_dir / "kt.db")) as rows, rows:
        rows.execute("UPDATE schema_revision SET version_num = '0001', oldest_code = '0001'")
    for options in ((), ("--dry-run",)):
        refused = run_admin(old, "backup", str(tmp_path / "to"), *options, code=1)
        assert "too old" in refused.output
    with closing(sqlite3.connect(old.data_dir / "kt.db")) as rows:
        assert rows.execute("SELECT version_num FROM schema_revision").fetchall() == [("0001",)]
    assert not (tmp_path / "to").exists()


def test_only_the_database_comes_back_where_the_files_have_survived(
    backed_up: tuple[Gateway, Path], place: Gateway
) -> None:
    gateway, folder = backed_up
    shutil.copytree(gateway.data_dir / "files", place.data_dir / "files")
    (place.data_dir / "files" / "assets").mkdir()
    (place.data_dir / "files" / "assets" / "newer").write_bytes(b"made after the backup")
    shown = run_admin_json(place, "restore", str(folder), "--only", "database")
    assert set(shown["secrets"].values()) == {"missing"}  # and none were made
    assert "put them in place before" in shown["warning"]
    assert not (place.data_dir / "secrets.json").exists()
    assert (place.data_dir / "files" / "assets" / "newer").exists()
    assert run_admin(place, "check", "--storage").stdout.strip() == "clean"


def test_a_dry_run_and_a_check_of_a_restore_create_nothing(copied: Path, place: Gateway) -> None:
    shutil.rmtree(copied / "files" / ".tmp")
    before = sorted(copied.rglob("*"))
    assert run_admin_json(place, "restore", str(copied), "--dry-run")["dryRun"] is True
    run_admin(place, "restore", str(copied), "--check")
    assert not place.data_dir.exists()
    assert sorted(copied.rglob("*")) == before


@pytest.mark.parametrize("part", ["manifest.json", "files.jsonl"])
def test_a_damaged_older_backup_is_named_and_its_files_stay(
    backed_up: tuple[Gateway, Path], copied: Path, part: str
) -> None:
    gateway, _ = backed_up
    old = find_only_backup(copied)
    (old / part).write_bytes(b"\xff" + (old / part).read_bytes()[1:])
    unnamed = copied / "files" / "outputs" / "of-the-damaged-one"
    unnamed.write_bytes(b"pixels")
    made = json.loads(
        run_admin(gateway, "backup", str(copied), "--keep", "2", "--json", code=1).stdout
    )
    assert made["damagedBackups"] == [old.name]
    assert unnamed.exists()
    made = run_admin_json(gateway, "backup", str(copied), "--keep", "1")
    assert (made["damagedBackups"], made["copiedFiles"]) == ([], 0)
    assert not unnamed.exists()


def test_a_backup_of_a_newer_program_is_refused(copied: Path, place: Gateway) -> None:
    from gateway.operator.backups.backup_folder import Manifest  # noqa: PLC0415

    file = find_only_backup(copied) / "manifest.json"
    fields = json.loads(file.read_text())
    del fields["checksum"]
    file.write_text(Manifest(**{**fields, "schema": "9999", "oldestCode": "9998"}).to_text())
    assert "newer schema" in run_admin(place, "restore", str(copied), code=1).output


# One with functions that any owner may create, one with views that only the superuser may.
EXTENSIONS = ("citext", "pg_stat_statements")


def test_extensions_of_the_operator_are_neither_copied_nor_in_the_way(
    tmp_path: Path, postgres_template: str, request: pytest.FixtureRequest
) -> None:
    postgres: PostgresServer = request.getfixturevalue("postgres")
    programs = ("--pg-bin", str(postgres.postmaster.bindir)) if postgres.is_ours else ()
    urls = [postgres.create_database(postgres_template), postgres.create_database()]
    names = [str(make_url(url).database) for url in urls]
    old, empty = [
        Gateway(tmp_path / name, KT_DATABASE_URL=url) for name, url in zip(names, urls, strict=True)
    ]
    for extension in EXTENSIONS:
        postgres.execute(f"CREATE EXTENSION {extension}", database=names[0])
    postgres.execute(f"CREATE EXTENSION {EXTENSIONS[0]}", database=names[1])
    postgres.execute("CREATE ROLE kt_restoring LOGIN")
    postgres.execute(f'ALTER DATABASE "{names[1]}" OWNER TO kt_restoring')
    as_owner = make_url(urls[1]).set(username="kt_restoring").render_as_string(hide_password=False)
    owner = Gateway(empty.data_dir, KT_DATABASE_URL=as_owner)
    try:
        run_admin(old, "backup", str(tmp_path / "to"), *programs)
        run_admin(owner, "restore", str(tmp_path / "to"), *programs)
        assert run_admin(owner, "check").stdout == "clean\n"
    finally:
        for url in urls:
            postgres.drop_database(url)
        postgres.execute("DROP ROLE kt_restoring")


def test_programs_that_are_older_than_the_server_are_refused(
    tmp_path: Path, postgres_template: str, request: pytest.FixtureRequest
) -> None:
    old = tmp_path / "bin"
    old.mkdir()
    for name in ("pg_dump", "pg_restore"):
        (old / name).write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6'\n")
        (old / name).chmod(0o755)
    url = request.getfixturevalue("postgres").url(postgres_template)
    place = Gateway(tmp_path / "data", KT_DATABASE_URL=url)
    refused = run_admin(place, "backup", str(tmp_path / "to"), "--pg-bin", str(old), code=1)
    assert "or newer in" in refused.output
