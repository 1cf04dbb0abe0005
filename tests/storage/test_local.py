import errno
import os
import resource
from pathlib import Path

import pytest

from gateway.kit.errors import StorageFull
from gateway.storage import KeyMissing, StorageUnavailable
from gateway.storage.local import LocalStorage

pytestmark = pytest.mark.anyio


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(b"x" * 100_000)
    return path


def list_leftovers(storage: Path) -> list[str]:
    return [path.name for path in (storage / ".tmp").iterdir()]


async def test_a_full_disk_is_507_and_leaves_nothing_behind(tmp_path: Path, source: Path) -> None:
    storage = LocalStorage(tmp_path / "store")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(StorageFull) as caught:
            await storage.put_file("a/b", source, "image/png")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.status == 507
    assert list_leftovers(tmp_path / "store") == []
    with pytest.raises(KeyMissing):
        await storage.get_size("a/b")
    await storage.put_file("a/b", source, "image/png")
    assert await storage.get_size("a/b") == 100_000


async def test_no_space_is_507(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    storage = LocalStorage(tmp_path / "store")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        await storage.put_file("a/b", source, "image/png")
    assert list_leftovers(tmp_path / "store") == []


async def test_the_file_and_each_new_folder_are_synced_before_put_returns(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real(handle)

    storage = LocalStorage(tmp_path / "store")
    monkeypatch.setattr(os, "fsync", fsync)
    await storage.put_file("a/b/c.png", source, "image/png")
    assert synced[0].startswith("tmp")
    assert synced[1:] == ["store", "a", "b"]


async def test_a_folder_that_is_away_fails_the_check(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "store")
    storage.open_root()
    (tmp_path / "store" / ".tmp").rmdir()
    with pytest.raises((StorageUnavailable, KeyMissing)):
        await storage.check()


async def test_a_share_that_is_away_at_the_start_is_used_when_it_is_back(
    tmp_path: Path, source: Path
) -> None:
    share = tmp_path / "share"
    share.touch()  # no folder can be made below a file
    storage = LocalStorage(share / "store")
    storage.open_root()
    with pytest.raises(StorageUnavailable):
        await storage.check()
    share.unlink()
    await storage.put_file("a/b", source, "image/png")
    assert await storage.get_size("a/b") == 100_000


async def test_a_listing_leaves_out_what_others_have_put_there(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = LocalStorage(tmp_path)
    for key in ("a/1.png", "b/2.png", "c"):
        await storage.put_file(key, source, "image/png")
    for foreign in ("lost+found/#1", "a/no key", ".zfs/c", "b/private/3.png"):
        (tmp_path / foreign).parent.mkdir(exist_ok=True)
        (tmp_path / foreign).touch()
    scan = os.scandir

    def refuse_private(path: Path) -> object:
        if Path(path).name == "private":  # root may read every folder
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse_private)
    listed, after = [], ""
    while page := await storage.list_objects(after, 1):
        listed.append(after := page[0].key)
    assert listed == ["a/1.png", "b/2.png", "c", "source"]


def test_only_old_half_written_files_are_swept(tmp_path: Path) -> None:
    LocalStorage(tmp_path).open_root()
    for name, mtime in (("old", 1), ("young", None)):
        (tmp_path / ".tmp" / name).touch()
        if mtime is not None:
            os.utime(tmp_path / ".tmp" / name, (mtime, mtime))
    LocalStorage(tmp_path).open_root()
    assert list_leftovers(tmp_path) == ["young"]
