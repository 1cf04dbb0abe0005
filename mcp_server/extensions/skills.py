"""The Skills extension (SEP-2640): the Agent Skill, read from the archive that users install.

https://modelcontextprotocol.io/seps/2640-skills-extension
"""

import hashlib
import io
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from mcp.server.context import ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, PaginatedRequestParams, RequestParams, Resource

from mcp_server.rest.api import RestApi
from mcp_server.rest.reader import download_file

SKILL_NAME = "killatamata"
SKILL_ROOT = f"skill://{SKILL_NAME}/"
ENTRY_PATH = "SKILL.md"
ARCHIVE_PATH = f"/skills/{SKILL_NAME}.zip"
TTL_MS = 300_000
CACHE_FIELDS = {"ttlMs": TTL_MS, "cacheScope": "public"}
DEFAULT_MIME_TYPE = "application/octet-stream"
MIME_TYPES = {
    "md": "text/markdown",
    "yaml": "application/yaml",
    "json": "application/json",
    "py": "text/x-python",
    "svg": "image/svg+xml",
    "png": "image/png",
}


class GetSkillParams(RequestParams):
    """The skill that is requested, by the URI of its SKILL.md."""

    uri: str


class Frontmatter(TypedDict):
    """The fields that we use of the head of SKILL.md, which holds more."""

    name: str
    description: str


class SkillFile(TypedDict):
    """One file of the skill on the wire; its size is in bytes."""

    uri: str
    digest: str
    size: int


class SkillEntry(TypedDict):
    """The skill on the wire; its files are resources that can be read."""

    uri: str
    frontmatter: Frontmatter
    resources: list[SkillFile]


@dataclass(frozen=True, slots=True)
class Skill:
    """The files of the skill by path, and the head of its SKILL.md."""

    files: dict[str, bytes]
    frontmatter: Frontmatter

    @classmethod
    def from_archive(cls, archive: bytes) -> "Skill":
        """Read the skill from a ZIP archive."""
        with zipfile.ZipFile(io.BytesIO(archive)) as bundle:
            files = {name: bundle.read(name) for name in sorted(bundle.namelist())}
        import yaml  # noqa: PLC0415 - few sessions read the skill, and all wait for the start

        front = files[ENTRY_PATH].decode().split("---\n", 2)[1]
        return cls(files, yaml.safe_load(front))

    def render_entry(self) -> SkillEntry:
        """Render the skill for `skills/list` and `skills/get`."""
        resources: list[SkillFile] = [
            {
                "uri": SKILL_ROOT + path,
                "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
                "size": len(data),
            }
            for path, data in self.files.items()
        ]
        return {
            "uri": SKILL_ROOT + ENTRY_PATH,
            "frontmatter": self.frontmatter,
            "resources": resources,
        }

    def render_resources(self) -> list[Resource]:
        """Render the skill's files for `resources/list`."""
        return [
            Resource(
                uri=SKILL_ROOT + path,
                name=self.frontmatter["name"] if path == ENTRY_PATH else path,
                description=self.frontmatter["description"] if path == ENTRY_PATH else None,
                mime_type=get_mime_type(path),
                size=len(data),
            )
            for path, data in self.files.items()
        ]


def get_mime_type(path: str) -> str:
    """Return the media type of a file of the skill."""
    return MIME_TYPES.get(path.rpartition(".")[2], DEFAULT_MIME_TYPE)


class SkillsExtension(Extension):
    """The methods `skills/list` and `skills/get`; the files themselves are resources."""

    identifier = "io.modelcontextprotocol/skills"

    def __init__(self, api: RestApi) -> None:
        self._api = api
        self._skill: Skill | None = None
        self._fresh_until = 0.0

    async def find_skill(self) -> Skill | None:
        """Return the skill as the gateway served it at most five minutes ago; None if it has none.

        It is the same for every caller, so it is kept for all of them.
        """
        if time.monotonic() >= self._fresh_until:
            answer = await download_file(self._api, ARCHIVE_PATH)
            self._skill = None if answer is None else Skill.from_archive(answer.content)
            self._fresh_until = time.monotonic() + TTL_MS / 1000
        return self._skill

    def methods(self) -> Sequence[MethodBinding]:
        """Return both methods, which every protocol version has."""
        return (
            MethodBinding("skills/list", PaginatedRequestParams, self._list_skills),
            MethodBinding("skills/get", GetSkillParams, self._get_skill),
        )

    async def _list_skills(
        self, _context: ServerRequestContext[Any, Any], _params: PaginatedRequestParams
    ) -> dict[str, object]:
        skill = await self.find_skill()
        return {"skills": [] if skill is None else [skill.render_entry()], **CACHE_FIELDS}

    async def _get_skill(
        self, _context: ServerRequestContext[Any, Any], params: GetSkillParams
    ) -> dict[str, object]:
        skill = await self.find_skill()
        if skill is None or params.uri != SKILL_ROOT + ENTRY_PATH:
            raise MCPError(INVALID_PARAMS, "There is no such skill.", {"uri": params.uri})
        return {"skill": skill.render_entry(), **CACHE_FIELDS}
