"""The skill as agents read it: valid, complete, true to the catalogue, the same bytes each time."""

import hashlib
import io
import json
import re
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from skills_ref import validate  # type: ignore[import-untyped]

from agent_skill.render import NAME, build_archive, build_zip, get_archive_path, render_skill
from gateway.catalogue import list_operations
from gateway.configuration.settings import Settings
from gateway.kit.errors import list_declared_problems
from gateway.media.tasks.catalogue import TASKS
from gateway.process.probes import build_skill_version

SITE, API = "https://media.example.com", "https://api.example.com"
LINK = re.compile(r"\]\(([^)]+)\)")


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return render_skill(Settings(public_url=SITE, api_url=API), list_operations())


def read_frontmatter(files: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(files["SKILL.md"].decode().split("---\n")[1])
    return found


@pytest.mark.promise("discovery: skill")
def test_the_reference_validator_finds_nothing(files: dict[str, bytes], tmp_path: Path) -> None:
    for path, data in files.items():
        file = tmp_path / NAME / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    assert validate(tmp_path / NAME) == []


def test_the_frontmatter_holds_what_every_validator_takes(files: dict[str, bytes]) -> None:
    told = read_frontmatter(files)
    assert list(told) == ["name", "description", "license", "metadata"]
    assert told["name"] == NAME
    assert len(told["description"]) <= 1024
    assert all(isinstance(value, str) for value in told["metadata"].values())


def test_the_body_is_short_enough_to_be_read(files: dict[str, bytes]) -> None:
    text = files["SKILL.md"].decode()
    assert len(text.splitlines()) < 250
    assert len(text) < 10_000  # some 2500 tokens


def test_each_link_of_the_skill_leads_to_a_file_of_it(files: dict[str, bytes]) -> None:
    links = LINK.findall(files["SKILL.md"].decode())
    assert links
    assert set(links) <= set(files)


def test_version_file_frontmatter_and_health_agree(files: dict[str, bytes]) -> None:
    told, health = json.loads(files["version.json"]), build_skill_version(SITE)
    assert told["name"] == health.name == read_frontmatter(files)["name"]
    assert told["version"] == health.version == read_frontmatter(files)["metadata"]["version"]
    assert told["apiVersion"] == health.compatible_api_version
    assert told["compatibilityPolicy"] == health.compatibility_policy


def test_the_version_file_knows_each_file_and_the_archive(files: dict[str, bytes]) -> None:
    told = json.loads(files["version.json"])
    rest = {path: data for path, data in files.items() if path != "version.json"}
    digests = {path: "sha256:" + hashlib.sha256(data).hexdigest() for path, data in rest.items()}
    assert told["files"] == digests
    assert told["digest"] == "sha256:" + hashlib.sha256(build_archive(files)).hexdigest()
    assert told["url"] == SITE + get_archive_path(files)
    assert told["digest"][7:19] in told["url"]


def test_the_archive_depends_on_names_and_bytes_alone(files: dict[str, bytes]) -> None:
    turned = dict(reversed(files.items()))
    assert build_zip(turned) == build_zip(files)
    with zipfile.ZipFile(io.BytesIO(build_archive(files))) as bundle:
        entries = bundle.infolist()
        assert {entry.filename: bundle.read(entry) for entry in entries} == {
            path: data for path, data in files.items() if path != "version.json"
        }
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert "SKILL.md" in {entry.filename for entry in entries}
    for entry in entries:
        assert entry.compress_type == zipfile.ZIP_STORED
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        assert entry.extra == b""
        assert entry.external_attr >> 16 == stat.S_IFREG | 0o644


def test_only_the_operators_own_addresses_are_in_it(files: dict[str, bytes]) -> None:
    for path, data in files.items():
        assert b"killatamata.com" not in data, path
    assert SITE.encode() in files["SKILL.md"]
    assert f'DEFAULT_API_BASE = "{API}"'.encode() in files["scripts/kt_gateway.py"]


@pytest.mark.promise("discovery: every-surface")
def test_the_references_know_each_operation_each_task_and_each_code(
    files: dict[str, bytes],
) -> None:
    api, tasks, errors, pricing = (
        files[f"references/{name}.md"].decode() for name in ("api", "tasks", "errors", "pricing")
    )
    assert not [each.id for each in list_operations() if f"`{each.method} {each.path}`" not in api]
    assert not [each.code for each in list_declared_problems() if f"- `{each.code}`" not in errors]
    assert not [name for name in TASKS if f"## {name}" not in tasks or f"`{name}`" not in pricing]


def test_the_prices_are_the_operators(tmp_path: Path) -> None:
    table = tmp_path / "prices.json"
    table.write_text('{"version": "mine", "image.generate": {"imageMicrousd": 41000}}')
    files = render_skill(Settings(prices=table), list_operations())
    assert b"`image.generate` with a prompt alone: $0.041" in files["references/pricing.md"]


def test_the_metadata_for_codex_is_what_its_reader_takes(files: dict[str, bytes]) -> None:
    told = yaml.safe_load(files["agents/openai.yaml"])
    shown = told["interface"]
    assert set(shown) == {
        "display_name", "short_description", "icon_small", "icon_large", "brand_color",
        "default_prompt",
    }  # fmt: skip
    assert len(shown["display_name"]) <= 64
    assert 25 <= len(shown["short_description"]) <= 64
    assert {shown["icon_small"], shown["icon_large"]} <= set(files)
    assert re.fullmatch(r"#[0-9A-F]{6}", shown["brand_color"])
    assert f"${NAME}" in shown["default_prompt"]
    assert len(shown["default_prompt"]) <= 1024
    assert told["policy"] == {"allow_implicit_invocation": True}
    (tool,) = told["dependencies"]["tools"]
    assert (tool["type"], tool["transport"]) == ("mcp", "streamable_http")
    assert tool["url"] == f"{API}/mcp"
