"""Static files, under one address for the whole tree, so that browsers may keep them for ever."""

import hashlib
from pathlib import Path

from gateway.kit.fixed import Fixed, fixed
from gateway.kit.routing import Route

ROOT = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
}


def _tree() -> tuple[str, dict[str, bytes]]:
    """Return the hash of all that is served, and its bytes by name."""
    served = [path for path in ROOT.rglob("*") if path.suffix in TYPES]
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in sorted(served)}
    digest = hashlib.sha256()
    for name, data in files.items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    return digest.hexdigest()[:16], files


TREE, FILES = _tree()


def asset(name: str) -> str:
    """Return the address of a static file, such as `css/base.css`.

    Raises:
        KeyError: there is no such file.
    """
    if name not in FILES:
        raise KeyError(name)
    return f"/static/{TREE}/{name}"


def static_routes() -> list[Route]:
    """Return the routes of all static files."""
    return [
        Route(
            asset(name),
            fixed(Fixed(body=data, media_type=TYPES[Path(name).suffix], cache=FOR_EVER)),
        )
        for name, data in FILES.items()
    ]
