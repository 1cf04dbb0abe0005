"""Small disks for tests, which can really be full or read-only."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mount_small_disk(folder: Path) -> Iterator[Path]:
    """Mount a disk of 64 MB for the block; skip the test where we may not mount."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "kt-test", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill_disk(disk: Path) -> None:
    """Fill the disk to the last byte with one file."""
    with (disk / "filler").open("ab", buffering=0) as file:
        for size in (2**20, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def empty_disk(disk: Path) -> None:
    """Remove the file that fills the disk."""
    (disk / "filler").unlink()


def forbid_writes(disk: Path) -> None:
    """Remount the disk read-only, as a kernel does after an error."""
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)


def allow_writes(disk: Path) -> None:
    """Remount the disk writable."""
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
