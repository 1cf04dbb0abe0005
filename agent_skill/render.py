"""The Agent Skill as a map of files, and its archive; equal bytes on every node.

Digests of both are published, and a load balancer may send a client to another node for each file:
so nothing here depends on time, order of a dictionary or build of a library.

The hand-written half is in `template/` and `scripts/`; the references are rendered from
the catalogue, the tasks, the price table and the error tree.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from agent_skill import references
from gateway.configuration.settings import Settings
from gateway.kit.operation import Operation
from gateway.kit.release import VERSION as VERSION
from gateway.media.wiring import load_price_table

NAME = "killatamata"
AUTHOR = "Killa Tamata"
DESCRIPTION = (
    "Generates, edits, upscales, extends and combines images and videos, and makes sound, through "
    "Killa Tamata, a prepaid media API with exact prices. Use it when the user wants to make or "
    "change pictures or clips, asks what a media job would cost, or wants to check credit, jobs "
    "or approval plans on Killa Tamata."
)
SHORT_DESCRIPTION = "Make images, videos and sound at exact prices"
CANONICAL_SITE, CANONICAL_API = "https://killatamata.com", "https://api.killatamata.com"
TEMPLATE = Path(__file__).parent / "template"
SCRIPTS = Path(__file__).parent / "scripts"
SCRIPT = SCRIPTS / "kt.py"
VERSION_FILE, API_BASE_PLACE = "version.json", "scripts/kt_gateway.py"
EARLIEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATE),
    autoescape=False,  # noqa: S701 - Markdown and YAML, no HTML
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def build_canonical_settings() -> Settings:
    """Build settings with the canonical addresses, for files that are committed."""
    return Settings(public_url=CANONICAL_SITE, api_url=CANONICAL_API, prices=None)


def render_skill(settings: Settings, operations: Sequence[Operation]) -> dict[str, bytes]:
    """Render every file of the skill by its path, sorted, for these addresses and prices."""
    prices = load_price_table(settings)
    values = {
        "name": NAME,
        "author": AUTHOR,
        "version": VERSION,
        "description": DESCRIPTION,
        "short_description": SHORT_DESCRIPTION,
        "site": settings.public_url,
        "api": settings.api_url,
    }
    texts = {
        "SKILL.md": ENVIRONMENT.get_template("SKILL.md.j2").render(values),
        "agents/openai.yaml": ENVIRONMENT.get_template("agents/openai.yaml.j2").render(values),
        "references/api.md": references.render_api(operations, settings.api_url),
        "references/tasks.md": references.render_tasks(prices),
        "references/errors.md": references.render_errors(),
        "references/pricing.md": references.render_pricing(prices),
        "references/video.md": references.render_video(prices),
        **{f"scripts/{each.name}": each.read_text("utf-8") for each in _list_scripts()},
    }
    texts[API_BASE_PLACE] = texts[API_BASE_PLACE].replace(
        json.dumps(CANONICAL_API), json.dumps(settings.api_url)
    )
    files = {path: text.encode() for path, text in texts.items()}
    for path in ("assets/icon.svg", "assets/icon.png"):
        files[path] = (TEMPLATE / path).read_bytes()
    files[VERSION_FILE] = _render_version_file(files, settings.public_url)
    return dict(sorted(files.items()))


def _list_scripts() -> list[Path]:
    return [each for each in sorted(SCRIPTS.glob("*.py")) if each.stem != "__init__"]


def _render_version_file(files: Mapping[str, bytes], site: str) -> bytes:
    body = {
        "name": NAME,
        "version": VERSION,
        "apiVersion": VERSION,
        "compatibilityPolicy": "exact",
        "url": f"{site}{get_archive_path(files)}",
        "digest": hash_bytes(build_archive(files)),
        "files": {path: hash_bytes(data) for path, data in sorted(files.items())},
    }
    return (json.dumps(body, indent=2) + "\n").encode()


def hash_bytes(data: bytes) -> str:
    """Hash bytes: `sha256:` and 64 hexadecimal digits."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def build_archive(files: Mapping[str, bytes]) -> bytes:
    """Build the ZIP of the skill, without `version.json`: that file contains its digest."""
    return build_zip({path: data for path, data in files.items() if path != VERSION_FILE})


def get_archive_path(files: Mapping[str, bytes]) -> str:
    """Return the path that serves the ZIP; its name contains its digest."""
    return f"/skills/{NAME}-{hash_bytes(build_archive(files)).removeprefix('sha256:')[:12]}.zip"


def build_zip(files: Mapping[str, bytes]) -> bytes:
    """Build a ZIP that depends on names and bytes alone.

    It is not compressed, because deflated bytes depend on the build of zlib.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as bundle:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, EARLIEST_ZIP_TIME)
            entry.create_system = 3  # Unix, whose modes are the ones meant
            entry.external_attr = 0o100644 << 16
            bundle.writestr(entry, files[path])
    return buffer.getvalue()
