import asyncio
from pathlib import Path

import pytest

from gateway.storage import KeyMissing, Storage, storage_from_url

pytestmark = pytest.mark.anyio

MIB = 2**20
PIXELS = bytes(range(256)) * 4 * 1024


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    path.write_bytes(PIXELS)
    return path


async def read_bytes(storage: Storage, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in await storage.open(key, start, end)])


async def test_what_is_put_is_read_back(storage: Storage, picture: Path) -> None:
    await storage.put_file("job_1/2/0.png", picture, "image/png")
    assert await storage.get_size("job_1/2/0.png") == MIB
    assert await read_bytes(storage, "job_1/2/0.png") == PIXELS


@pytest.mark.parametrize(
    ("start", "end", "length"),
    [
        (0, 1, 1),
        (100, 300, 200),
        (MIB - 5, None, 5),
        (MIB - 5, 2 * MIB, 5),
        (MIB, None, 0),
        (7, 7, 0),
    ],
)
async def test_a_range_is_read(
    storage: Storage, picture: Path, start: int, end: int | None, length: int
) -> None:
    await storage.put_file("a/b.png", picture, "image/png")
    got = await read_bytes(storage, "a/b.png", start, end)
    assert got == PIXELS[start : start + length]


async def test_a_second_put_replaces_the_first(storage: Storage, picture: Path) -> None:
    await storage.put_file("a/replaced", picture, "image/png")
    await storage.put_file("a/replaced", Path(__file__), "image/png")
    assert await storage.get_size("a/replaced") != MIB


async def test_a_copy_outlives_what_it_was_copied_from(storage: Storage, picture: Path) -> None:
    await storage.put_file("outputs/job_1/0.png", picture, "image/png")
    await storage.copy("outputs/job_1/0.png", "assets/ast_1/1.png")
    await storage.delete_folder("outputs/job_1")
    assert await read_bytes(storage, "assets/ast_1/1.png") == PIXELS
    with pytest.raises(KeyMissing):
        await storage.copy("outputs/job_1/0.png", "assets/ast_1/2.png")


async def test_bytes_are_fetched_to_a_file(storage: Storage, picture: Path, tmp_path: Path) -> None:
    await storage.put_file("a/c.png", picture, "image/png")
    await storage.fetch_to("a/c.png", tmp_path / "copy")
    assert await asyncio.to_thread((tmp_path / "copy").read_bytes) == PIXELS


async def test_a_missing_key_is_said_so(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(KeyMissing):
        await storage.get_size("no/such")
    with pytest.raises(KeyMissing):
        await storage.open("no/such")
    with pytest.raises(KeyMissing):
        await storage.fetch_to("no/such", tmp_path / "copy")


async def test_deleting_is_done_once_or_twice(storage: Storage, picture: Path) -> None:
    await storage.put_file("d/e", picture, "image/png")
    await storage.delete("d/e")
    await storage.delete("d/e")
    with pytest.raises(KeyMissing):
        await storage.get_size("d/e")


@pytest.mark.parametrize("slash", ["", "/"])
async def test_a_folder_is_deleted_and_its_neighbour_stays(
    storage: Storage, picture: Path, slash: str
) -> None:
    for key in ("job_1/1/0.png", "job_1/2/0.png", "job_12/1/0.png"):
        await storage.put_file(key, picture, "image/png")
    await storage.delete_folder(f"job_1{slash}")
    await storage.delete_folder(f"job_1{slash}")
    for key in ("job_1/1/0.png", "job_1/2/0.png"):
        with pytest.raises(KeyMissing):
            await storage.get_size(key)
    assert await storage.get_size("job_12/1/0.png") == MIB


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../a",
        "a/../b",
        "a/.tmp",
        ".tmp/a",
        "a//b",
        "a/",
        "a\0b",
        "ä",
        "a b",
        "a\n",
        "a" * 600,
    ],
)
async def test_a_key_is_never_a_path(storage: Storage, picture: Path, key: str) -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        await storage.put_file(key, picture, "image/png")
    with pytest.raises(ValueError, match="not a storage key"):
        await storage.open(key)


async def test_a_storage_that_works_passes_its_check(storage: Storage) -> None:
    await storage.check()


@pytest.mark.parametrize(
    "url", ["ftp://a/b", "file://relative", "s3:///prefix", "s3://b?colour=red"]
)
def test_an_address_that_is_no_storage_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        storage_from_url(url)


async def test_the_folders_right_below_a_folder_are_listed(storage: Storage, picture: Path) -> None:
    assert await storage.list_folders("inputs_of_nobody") == []
    for key in ("in/job_1/0.png", "in/job_1/1/0.png", "in/quote_2/3/0.png", "in/file", "into/x/y"):
        await storage.put_file(key, picture, "image/png")
    assert sorted(await storage.list_folders("in")) == ["job_1", "quote_2"]
