"""Static files, under a path with the digest of the whole tree: browsers may keep them for ever.

One digest for all, not one a file: modules import each other by relative paths, and a change of
one must change the address of those that load it.
"""

import hashlib
from functools import partial
from pathlib import Path

from gateway.kit.http.fixed_documents import FixedDocument, build_document_endpoint
from gateway.kit.http.routing import Route

STATIC_FOLDER = Path(__file__).parent / "static"
CACHE_FOR_EVER = "public, max-age=31536000, immutable"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}


def _strip_script(data: bytes) -> bytes:
    """Return a script of ours without comment lines and indentation: a sixth of what is loaded.

    No text in them goes over several lines; a test checks that.
    """
    lines = (line.strip() for line in data.splitlines())
    return b"\n".join(line for line in lines if line and not line.startswith(b"//")) + b"\n"


def _load_tree() -> tuple[str, dict[str, bytes]]:
    """Read the static folder; return the digest of all files and the bytes of each by name."""
    served = [path for path in STATIC_FOLDER.rglob("*") if path.suffix in MEDIA_TYPES]
    files = {
        path.relative_to(STATIC_FOLDER).as_posix(): path.read_bytes() for path in sorted(served)
    }
    files |= {name: _strip_script(files[name]) for name in files if name.startswith("js/")}
    digest = hashlib.sha256()
    for name, data in files.items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    return digest.hexdigest()[:16], files


TREE_DIGEST, FILES = _load_tree()


def get_static_path(name: str) -> str:
    """Return the path of a static file such as `css/base.css`.

    Raises:
        KeyError: the folder has no such file.
    """
    if name not in FILES:
        raise KeyError(name)
    return f"/static/{TREE_DIGEST}/{name}"


def build_static_routes() -> list[Route]:
    """Build a route for each static file."""
    return [
        Route(
            get_static_path(name),
            build_document_endpoint(
                FixedDocument(
                    build=partial(bytes, data),
                    media_type=MEDIA_TYPES[Path(name).suffix],
                    cache_control=CACHE_FOR_EVER,
                )
            ),
        )
        for name, data in FILES.items()
    ]
