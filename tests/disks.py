"""Disks for tests: small ones that are really full, and really read-only."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Give a disk of 64 MB; only root may."""
    folder.mkdir()
    made = ["mount", "-t", "tmpfs", "-o", "size=64m", "kt-test", str(folder)]
    if subprocess.run(made, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> None:
    """Take what is left of the disk, to the last byte."""
    with (disk / "filler").open("ab", buffering=0) as file:
        for size in (2**20, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def empty(disk: Path) -> None:
    """Give the space back."""
    (disk / "filler").unlink()


def forbid_writes(disk: Path) -> None:
    """Make the disk read-only, as a kernel does that has met an error."""
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)


def allow_writes(disk: Path) -> None:
    """Make the disk as it was."""
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
