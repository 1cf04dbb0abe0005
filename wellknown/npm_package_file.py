"""The npm package of the TypeScript client, packed from the files in `wellknown/npm_package`.

`clients/typescript` renders those files with Node; a gateway needs no Node to serve them.
"""

import hashlib
import io
import struct
import tarfile
import zlib
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from gateway.kit.release import NPM_PACKAGE_PATH

FOLDER = Path(__file__).with_name("npm_package")
EARLIEST_NPM_TIME = 499_162_500  # the time of every file in npm's own packages
LICENSE = "LICENSE"
GZIP_HEADER = b"\x1f\x8b\x08" + bytes(6) + b"\xff"  # no time, no system
STORED_BLOCK_BYTES = 0xFFFF


def get_lasting_path() -> str:
    """Return the path that will never serve other bytes: it contains their digest."""
    digest = hashlib.sha256(build_npm_package()).hexdigest()
    return NPM_PACKAGE_PATH.replace("/clients/", f"/clients/{digest[:12]}/")


@cache
def build_npm_package() -> bytes:
    """Build the package as npm installs it; its bytes depend on names and contents alone."""
    files = {each.name: each.read_bytes() for each in FOLDER.iterdir() if each.is_file()}
    files[LICENSE] = _read_license()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as bundle:
        for name in sorted(files):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size, entry.mtime, entry.mode = len(files[name]), EARLIEST_NPM_TIME, 0o644
            bundle.addfile(entry, io.BytesIO(files[name]))
    return wrap_in_gzip(archive.getvalue())


def wrap_in_gzip(content: bytes) -> bytes:
    """Wrap bytes in gzip without compressing them, as blocks that are stored.

    Deflated bytes depend on the build of zlib, and the header of `gzip` on the version of Python.
    """
    wrapped = bytearray(GZIP_HEADER)
    for start in range(0, len(content), STORED_BLOCK_BYTES):
        block = content[start : start + STORED_BLOCK_BYTES]
        is_last = start + len(block) == len(content)
        wrapped += struct.pack("<?HH", is_last, len(block), len(block) ^ 0xFFFF) + block
    return bytes(wrapped) + struct.pack("<II", zlib.crc32(content), len(content))


def _read_license() -> bytes:
    for path in distribution("killatamata").files or ():
        if path.name == LICENSE:
            return path.read_binary()
    raise FileNotFoundError(LICENSE)
