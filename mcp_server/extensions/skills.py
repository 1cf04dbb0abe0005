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

import yaml
from mcp.server.context import ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, PaginatedRequestParams, RequestParams, Resource

from mcp_server.api import Api
from mcp_server.reading import download

NAME = "killatamata"
ROOT = f"skill://{NAME}/"
ENTRY = "SKILL.md"
ARCHIVE = f"/skills/{NAME}.zip"
TTL_MS = 300_000
CACHE = {"ttlMs": TTL_MS, "cacheScope": "public"}
OTHER = "application/octet-stream"
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
    about: Frontmatter

    @classmethod
    def of(cls, archive: bytes) -> "Skill":
        """Read the skill from a ZIP archive."""
        with zipfile.ZipFile(io.BytesIO(archive)) as bundle:
            files = {name: bundle.read(name) for name in sorted(bundle.namelist())}
        front = files[ENTRY].decode().split("---\n", 2)[1]
        return cls(files, yaml.safe_load(front))

    def entry(self) -> SkillEntry:
        """Render the skill for `skills/list` and `skills/get`."""
        resources: list[SkillFile] = [
            {
                "uri": ROOT + path,
                "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
                "size": len(data),
            }
            for path, data in self.files.items()
        ]
        return {"uri": ROOT + ENTRY, "frontmatter": self.about, "resources": resources}

    def resources(self) -> list[Resource]:
        """Render the skill's files for `resources/list`."""
        return [
            Resource(
                uri=ROOT + path,
                name=self.about["name"] if path == ENTRY else path,
                description=self.about["description"] if path == ENTRY else None,
                mime_type=mime_type_of(path),
                size=len(data),
            )
            for path, data in self.files.items()
        ]


def mime_type_of(path: str) -> str:
    """Return the media type of a file of the skill."""
    return MIME_TYPES.get(path.rpartition(".")[2], OTHER)


class SkillsExtension(Extension):
    """The methods `skills/list` and `skills/get`; the files themselves are resources."""

    identifier = "io.modelcontextprotocol/skills"

    def __init__(self, api: Api) -> None:
        self._api = api
        self._skill: Skill | None = None
        self._fresh_until = 0.0

    async def skill(self) -> Skill | None:
        """Return the skill as the gateway served it at most five minutes ago; None if it has none.

        It is the same for every caller, so it is kept for all of them.
        """
        if time.monotonic() >= self._fresh_until:
            answer = await download(self._api, ARCHIVE)
            self._skill = None if answer is None else Skill.of(answer.content)
            self._fresh_until = time.monotonic() + TTL_MS / 1000
        return self._skill

    def methods(self) -> Sequence[MethodBinding]:
        """Return both methods, which every protocol version has."""
        return (
            MethodBinding("skills/list", PaginatedRequestParams, self._list),
            MethodBinding("skills/get", GetSkillParams, self._get),
        )

    async def _list(
        self, _context: ServerRequestContext[Any, Any], _params: PaginatedRequestParams
    ) -> dict[str, object]:
        skill = await self.skill()
        return {"skills": [] if skill is None else [skill.entry()], **CACHE}

    async def _get(
        self, _context: ServerRequestContext[Any, Any], params: GetSkillParams
    ) -> dict[str, object]:
        skill = await self.skill()
        if skill is None or params.uri != ROOT + ENTRY:
            raise MCPError(INVALID_PARAMS, "There is no such skill.", {"uri": params.uri})
        return {"skill": skill.entry(), **CACHE}
