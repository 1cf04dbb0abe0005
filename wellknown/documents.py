"""The table of documents by path; their bytes are made once, when they are first asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from agent_skill import desktop, plugin, render
from gateway.kit.http.fixed_documents import DEFAULT_CACHE_CONTROL, FixedDocument
from gateway.kit.release import CLIENT_WHEEL_PATH, NPM_PACKAGE_PATH
from gateway.openapi.agent_document import build_agent_document
from wellknown import client_wheel, llms, manifests, npm_package_file, texts
from wellknown.facts import SiteFacts, to_json_bytes
from wellknown.registry import render_registry_entry

CACHE_FRESH = "public, no-cache"
CACHE_FOR_EVER = "public, max-age=31536000, immutable"
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
ZIP, WHEEL, SVG = "application/zip", "application/octet-stream", "image/svg+xml"
TARBALL = "application/gzip"
ARCHIVES = {ZIP, WHEEL, TARBALL}
LINKSET = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
OPENAPI, OPENAPI_AGENT = "/openapi.json", "/openapi-agent.json"
SKILL_ROOT = f"/skills/{render.NAME}/"
# By file extension. Only files of the rendered map are served, nothing is read from disk.
SKILL_TYPES: Mapping[str, str] = {
    ".md": "text/markdown; charset=utf-8",
    ".yaml": "application/yaml",
    ".json": JSON,
    ".py": "text/x-python; charset=utf-8",
    ".svg": SVG,
    ".png": "image/png",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document: its media type, its builder, its cache policy."""

    media_type: str
    build: Callable[[SiteFacts], bytes]
    cache: str = DEFAULT_CACHE_CONTROL


DOCUMENTS: Mapping[str, Document] = {
    OPENAPI: Document(media_type=JSON, build=lambda facts: to_json_bytes(facts.openapi)),
    OPENAPI_AGENT: Document(
        media_type=JSON, build=lambda facts: to_json_bytes(build_agent_document(facts.openapi))
    ),
    "/llms.txt": Document(media_type=TEXT, build=llms.render_index),
    "/llms-full.txt": Document(media_type=TEXT, build=llms.render_full),
    "/robots.txt": Document(media_type=TEXT, build=texts.render_robots),
    "/.well-known/ai-plugin.json": Document(media_type=JSON, build=manifests.render_ai_plugin),
    "/.well-known/agent-skills/index.json": Document(
        media_type=JSON, build=manifests.render_skills_index, cache=CACHE_FRESH
    ),
    "/.well-known/agent-skills.json": Document(
        media_type=JSON, build=manifests.render_skills_index, cache=CACHE_FRESH
    ),
    "/skills/index.json": Document(
        media_type=JSON, build=manifests.render_skills_list, cache=CACHE_FRESH
    ),
    SKILL_ROOT: Document(
        media_type=JSON, build=lambda facts: facts.skill[render.VERSION_FILE], cache=CACHE_FRESH
    ),
    f"/skills/{render.NAME}.zip": Document(
        media_type=ZIP, build=lambda facts: render.build_archive(facts.skill)
    ),
    f"/plugins/{render.NAME}.zip": Document(
        media_type=ZIP, build=lambda facts: plugin.build_bundle(facts.settings, facts.skill)
    ),
    CLIENT_WHEEL_PATH: Document(media_type=WHEEL, build=lambda _: client_wheel.build_wheel()),
    NPM_PACKAGE_PATH: Document(
        media_type=TARBALL, build=lambda _: npm_package_file.build_npm_package()
    ),
    f"/plugins/{render.NAME}.mcpb": Document(
        media_type=ZIP, build=lambda facts: desktop.build_desktop_bundle(facts.settings)
    ),
    "/.well-known/mcp/server.json": Document(
        media_type=JSON,
        # From the gateway itself, whatever has this name in an index of packages.
        build=lambda facts: render_registry_entry(
            facts.settings, source=f"{facts.settings.public_url}{CLIENT_WHEEL_PATH}"
        ),
    ),
    "/.well-known/api-catalog": Document(media_type=LINKSET, build=manifests.render_api_catalog),
    "/.well-known/ai-catalog.json": Document(
        media_type="application/ai-catalog+json", build=manifests.render_ai_catalog
    ),
    "/mcp/server-card": Document(
        media_type="application/mcp-server-card+json", build=manifests.render_server_card
    ),
}


def list_documents(facts: SiteFacts) -> dict[str, FixedDocument]:
    """List every document by its path: the table, the files of the skill, the lasting archives."""
    documents = {
        path: _to_fixed(partial(each.build, facts), each.media_type, each.cache)
        for path, each in DOCUMENTS.items()
    }
    for path, data in facts.skill.items():
        cache = CACHE_FRESH if path == render.VERSION_FILE else DEFAULT_CACHE_CONTROL
        media_type = SKILL_TYPES[path[path.rindex(".") :]]
        documents[SKILL_ROOT + path] = _to_fixed(partial(bytes, data), media_type, cache)
    lasting: dict[str, tuple[Callable[[], bytes], str]] = {
        render.get_archive_path(facts.skill): (partial(render.build_archive, facts.skill), ZIP),
        client_wheel.get_lasting_path(): (client_wheel.build_wheel, WHEEL),
        npm_package_file.get_lasting_path(): (npm_package_file.build_npm_package, TARBALL),
    }
    for path, (build, media_type) in lasting.items():
        documents[path] = _to_fixed(build, media_type, CACHE_FOR_EVER)
    return documents


def _to_fixed(build: Callable[[], bytes], media_type: str, cache: str) -> FixedDocument:
    headers: dict[str, str] = {}
    if media_type in ARCHIVES:
        cache += ", no-transform"  # a proxy that repacks an archive would change its digest
    if media_type == SVG:
        headers["Content-Security-Policy"] = "sandbox"
    return FixedDocument(build=build, media_type=media_type, cache_control=cache, headers=headers)
