"""The documents, field by field, for an operator with own addresses."""

import hashlib
import io
import json
import re
import zipfile
from typing import Any

import pytest
from llms_txt import parse_llms_file  # type: ignore[import-untyped]

from agent_skill import render
from gateway.kit.clock import DAY
from gateway.kit.release import CLIENT_WHEEL_PATH
from mcp_server.server_info import ICON_PATH, SERVER_NAME, SERVER_TITLE
from tests.wellknown.conftest import API, SITE, build_facts
from wellknown import texts
from wellknown.documents import list_documents
from wellknown.facts import SiteFacts
from wellknown.registry import render_registry_entry

SEEDED = (
    "Product", "Machine-readable assets", "API base", "Auth", "Key Routes", "Status Details",
    "Image Notes", "Video Reliability Notes", "Release Version", "Installable Codex Skill",
)  # fmt: skip
NOVEMBER_2026, FEBRUARY_2027 = 1_795_600_000_000_000, 1_802_000_000_000_000


@pytest.fixture(scope="module")
def bodies(facts: SiteFacts) -> dict[str, bytes]:
    return {path: each.body for path, each in list_documents(facts).items()}


def read_document(bodies: dict[str, bytes], path: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(bodies[path])


@pytest.mark.promise("discovery: one-address")
def test_no_document_names_another_host_than_the_operators(bodies: dict[str, bytes]) -> None:
    for path, body in bodies.items():
        if path.startswith("/clients/"):  # the client is the same everywhere, as its name is
            continue
        assert b"killatamata.com" not in body.replace(b"com.killatamata", b""), path


def test_two_builds_give_the_same_bytes(bodies: dict[str, bytes]) -> None:
    assert {path: each.body for path, each in list_documents(build_facts()).items()} == bodies


def test_the_plugin_manifest_keeps_to_its_limits(bodies: dict[str, bytes]) -> None:
    manifest = read_document(bodies, "/.well-known/ai-plugin.json")
    assert manifest["schema_version"] == "v1"
    assert len(manifest["name_for_human"]) <= 20
    assert re.fullmatch(r"[A-Za-z0-9]{1,50}", manifest["name_for_model"])
    assert len(manifest["description_for_human"]) <= 100
    assert len(manifest["description_for_model"]) <= 8000
    assert manifest["auth"]["type"] == "user_http"
    assert manifest["auth"]["authorization_type"] == "bearer"
    assert manifest["api"] == {"type": "openapi", "url": f"{SITE}/openapi-agent.json"}
    assert manifest["logo_url"].endswith(".png")


def test_the_index_of_skills_names_the_archive_and_its_digest(bodies: dict[str, bytes]) -> None:
    index = read_document(bodies, "/.well-known/agent-skills/index.json")
    assert (
        bodies["/.well-known/agent-skills.json"] == bodies["/.well-known/agent-skills/index.json"]
    )
    assert index["$schema"] == "https://schemas.agentskills.io/discovery/0.2.0/schema.json"
    (skill,) = index["skills"]
    assert (skill["name"], skill["type"]) == (render.NAME, "archive")
    assert skill["description"] == render.DESCRIPTION
    archive = bodies[skill["url"]]
    assert skill["digest"] == "sha256:" + hashlib.sha256(archive).hexdigest()
    assert archive == bodies["/skills/killatamata.zip"]
    assert read_document(bodies, "/skills/killatamata/") == read_document(
        bodies, "/skills/killatamata/version.json"
    )
    assert read_document(bodies, "/skills/index.json") == {"skills": [render.NAME]}


def test_the_catalogs_name_what_is_here(bodies: dict[str, bytes]) -> None:
    (link,) = read_document(bodies, "/.well-known/api-catalog")["linkset"]
    assert link["anchor"] == f"{API}/api/v1"
    assert link["service-desc"] == [{"href": f"{SITE}/openapi.json", "type": "application/json"}]
    assert {"service-doc", "status", "terms-of-service"} <= link.keys()
    catalog = read_document(bodies, "/.well-known/ai-catalog.json")
    assert catalog["specVersion"] == "1.0"
    server, skill = catalog["entries"]
    assert server["identifier"] == "urn:air:media.example.com:mcp:killatamata"
    assert skill["identifier"] == "urn:air:media.example.com:skill:killatamata"
    assert skill["url"].removeprefix(SITE) in bodies
    assert "displayName" not in server
    assert "displayName" in skill


def test_the_card_says_what_the_live_server_answers_with(bodies: dict[str, bytes]) -> None:
    card = read_document(bodies, "/mcp/server-card")
    assert (card["name"], card["title"], card["version"]) == (
        SERVER_NAME,
        SERVER_TITLE,
        render.VERSION,
    )
    assert len(card["description"]) <= 100
    (icon,) = card["icons"]
    assert (icon["src"], icon["mimeType"]) == (f"{SITE}{ICON_PATH}", "image/png")
    (remote,) = card["remotes"]
    assert (remote["type"], remote["url"]) == ("streamable-http", f"{API}/mcp")
    (header,) = remote["headers"]
    assert header["isRequired"]
    assert header["isSecret"]
    entry = json.loads(render_registry_entry(build_facts().settings))
    assert (entry["name"], entry["version"]) == (card["name"], card["version"])
    assert entry["icons"][0]["sizes"] == icon["sizes"]
    assert [each["type"] for each in entry["remotes"]] == ["streamable-http", "sse"]
    served = bodies["/.well-known/mcp/server.json"]
    assert [each["url"] for each in json.loads(served)["remotes"]] == [f"{API}/mcp", f"{API}/sse"]
    several = render_registry_entry(build_facts(mcp_sse=False).settings)
    assert [each["type"] for each in json.loads(several)["remotes"]] == ["streamable-http"]
    (own,) = json.loads(served)["packages"]
    assert f"{SITE}{CLIENT_WHEEL_PATH}" in own["runtimeArguments"][0]["value"]
    (package,) = entry["packages"]
    assert package["runtimeArguments"][0]["value"].endswith(f"=={card['version']}")
    assert package["packageArguments"] == [{"type": "positional", "value": "mcp"}]
    key, base = package["environmentVariables"]
    assert (key["name"], key["isRequired"], key["isSecret"]) == ("KT_API_KEY", True, True)
    assert (base["name"], base["default"]) == ("KT_API_BASE", API)


@pytest.mark.promise("discovery: every-surface")
def test_llms_txt_is_what_the_reference_parser_reads(
    facts: SiteFacts, bodies: dict[str, bytes]
) -> None:
    parsed = parse_llms_file(bodies["/llms.txt"].decode())
    assert parsed.title == "Killa Tamata AI"
    assert parsed.summary
    sections = list(parsed.sections)
    assert set(SEEDED) <= set(sections)
    assert {"MCP", "Prices", "Approval plans"} <= set(sections)
    assert sections[-1] == "Optional"
    lines = [line for line in bodies["/llms.txt"].decode().splitlines() if line.startswith("-")]
    assert all(re.fullmatch(r"- \[.+\]\(https://[^)\s]+\): .+", line) for line in lines)
    assert sum(len(links) for links in parsed.sections.values()) == len(lines)
    routes = [link.title.partition("?")[0] for link in parsed.sections["Key Routes"]]
    assert routes == [f"{each.method} {each.path}" for each in facts.operations]


def test_llms_full_holds_llms_and_every_reference(
    facts: SiteFacts, bodies: dict[str, bytes]
) -> None:
    whole = bodies["/llms-full.txt"]
    assert whole.startswith(bodies["/llms.txt"])
    references = {path: data for path, data in facts.skill.items() if "references/" in path}
    assert len(references) == 5
    assert all(data in whole for data in references.values())


def test_security_txt_ends_in_under_a_year_and_lasts_a_month() -> None:
    told_by = build_facts(security_contact="mailto:security@example.com")
    text = texts.render_security(told_by, NOVEMBER_2026).decode()
    assert "Contact: mailto:security@example.com\n" in text
    assert "Expires: 2027-06-01T00:00:00Z\n" in text
    assert text == texts.render_security(told_by, NOVEMBER_2026 + DAY).decode()
    assert "Expires: 2027-09-01T00:00:00Z" in texts.render_security(told_by, FEBRUARY_2027).decode()


def test_robots_may_read_everything_but_the_api_and_what_is_private(
    bodies: dict[str, bytes],
) -> None:
    lines = bodies["/robots.txt"].decode().splitlines()
    assert lines[:2] == ["User-agent: *", "Allow: /"]
    assert {"Disallow: /api/", "Disallow: /files/", "Disallow: /keys"} <= set(lines)


def test_the_desktop_bundle_asks_for_a_key_and_knows_its_gateway(bodies: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(bodies["/plugins/killatamata.mcpb"])) as bundle:
        found = {name: bundle.read(name) for name in bundle.namelist()}
    manifest = json.loads(found["manifest.json"])
    server, asked = manifest["server"], manifest["user_config"]
    assert {server["entry_point"], manifest["icon"]} <= set(found)
    assert asked["api_key"]["sensitive"]
    assert asked["gateway"]["default"] == API
    values = server["mcp_config"]["env"].values()
    assert {f"${{user_config.{name}}}" for name in asked} == set(values)
    assert all(name.encode() in found["server/index.js"] for name in server["mcp_config"]["env"])


def test_the_plugin_bundle_holds_manifests_and_the_whole_skill(
    facts: SiteFacts, bodies: dict[str, bytes]
) -> None:
    with zipfile.ZipFile(io.BytesIO(bodies["/plugins/killatamata.zip"])) as bundle:
        found = {name: bundle.read(name) for name in bundle.namelist()}
    root = "skills/killatamata/"
    skill = {path.removeprefix(root): data for path, data in found.items() if path.startswith(root)}
    assert skill == facts.skill
    codex, claude = (
        json.loads(found[f".{name}-plugin/plugin.json"]) for name in ("codex", "claude")
    )
    assert claude.items() <= codex.items()
    assert codex["interface"]["logo"].removeprefix("./") in found
    server = json.loads(found[".mcp.json"])["mcpServers"]["killatamata"]
    assert server["url"] == f"{API}/mcp"
    assert server["headers"] == {"Authorization": "Bearer ${KT_API_KEY}"}
