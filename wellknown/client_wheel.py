"""The wheel of the Python client, packed from the files that this gateway itself runs with.

Its bytes depend on nothing else: every node of one release serves the same file.
"""

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

from agent_skill.render import build_zip
from gateway.kit.release import CLIENT_WHEEL_PATH, VERSION

NAME = "killatamata"
MCP_PACKAGE, MCP_PLACE = "mcp_server", f"{NAME}/_bundled/mcp_server"
CACHE_FOLDER = "__pycache__"
WHEEL_FILE = (
    "Wheel-Version: 1.0\nGenerator: killatamata\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
)


def get_lasting_path() -> str:
    """Return the path that will never serve other bytes: it contains their digest."""
    digest = hashlib.sha256(build_wheel()).hexdigest()
    return CLIENT_WHEEL_PATH.replace("/clients/", f"/clients/{digest[:12]}/")


@cache
def build_wheel() -> bytes:
    """Build the wheel: the client, the MCP server inside of it, and its installed metadata."""
    files = dict(_read_package(NAME, NAME))
    if not any(path.startswith(MCP_PLACE) for path in files):
        # In a checkout the MCP server lies beside the client, in an installed wheel inside of it.
        files |= _read_package(MCP_PACKAGE, MCP_PLACE)
    files |= _read_metadata()
    record = f"{NAME}-{VERSION}.dist-info/RECORD"
    lines = [f"{path},{_hash_for_record(data)},{len(data)}\n" for path, data in files.items()]
    return build_zip({**files, record: "".join([*lines, f"{record},,\n"]).encode()})


def _read_package(name: str, place: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files of an installed package by their path in the wheel."""
    spec = find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(name=name)
    folder = Path(spec.submodule_search_locations[0])
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.parent.name != CACHE_FOLDER:
            yield f"{place}/{file.relative_to(folder).as_posix()}", file.read_bytes()


def _read_metadata() -> Iterator[tuple[str, bytes]]:
    """Yield the files of `dist-info`, apart from those that say how it was installed here."""
    installed = distribution(NAME)
    root = f"{NAME}-{VERSION}.dist-info/"
    yield f"{root}WHEEL", WHEEL_FILE.encode()
    for file in ("METADATA", "entry_points.txt"):
        yield f"{root}{file}", (installed.read_text(file) or "").encode()
    for path in installed.files or ():
        if path.parent.name == "licenses":
            yield f"{root}licenses/{path.name}", path.read_binary()


def _hash_for_record(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()
    return f"sha256={digest.rstrip('=')}"
