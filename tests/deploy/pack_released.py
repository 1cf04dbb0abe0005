"""Packs a release as test data: `git worktree add /tmp/release TAG`, then
`python -m tests.deploy.pack_released /tmp/release`.

Both wheels together, compressed as one stream, are a third of their size. The viewer of the API
reference is left out: it is half of the rest, and no upgrade depends on it.
"""

import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import dev

FOLDER = Path(__file__).with_name("released")
LEFT_OUT = "gateway/pages/static/vendor/scalar.js"


def pack(checkout: Path) -> Path:
    """Build the wheels of a checkout and pack their files; return the archive's path."""
    with tempfile.TemporaryDirectory() as place:
        wheels, site = Path(place, "wheels"), Path(place, "site")
        build = [dev.find_uv(), "build", "-q", "--wheel", "--all-packages", "-o", str(wheels)]
        subprocess.run(build, cwd=checkout, check=True)
        for wheel in wheels.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(site)  # noqa: S202 - built a moment ago
        (site / LEFT_OUT).unlink()
        (info,) = site.glob("killatamata_server-*.dist-info")
        version = info.name.removesuffix(".dist-info").partition("-")[2]
        target = FOLDER / f"killatamata-{version}.tar.xz"
        with tarfile.open(target, "w:xz", preset=9) as packed:
            for path in sorted(site.rglob("*")):
                packed.add(path, path.relative_to(site), recursive=False, filter=_forget_owner)
    return target


def _forget_owner(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out of an archive whose files these are, and of when."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    sys.stdout.write(f"{pack(Path(sys.argv[1]))}\n")
