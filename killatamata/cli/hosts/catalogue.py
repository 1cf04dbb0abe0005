"""The hosts: where each keeps its servers, and how it writes one down.

Places and shapes are those of each host's own documentation and of what its own command writes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from killatamata.cli.hosts.folders import Folders
from killatamata.wire import JsonObject

RESTART = "Restart {title} to load it."
EXTENSION_OF_CLINE = Path("globalStorage", "saoudrizwan.claude-dev")


@dataclass(frozen=True, slots=True)
class Launch:
    """A command that serves the tools over stdio."""

    command: str
    arguments: list[str]
    environment: dict[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """A settings file, and the folder that exists where the host has been used."""

    file: Path
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host of MCP servers; without `render_url` its settings take only commands.

    `list_places` names its settings, the usual one first; `programs` are its commands. `sections`
    are the places of servers in its settings, those that only newer releases read first.
    """

    title: str
    syntax: str
    sections: Sequence[tuple[str, ...]]
    list_places: Callable[[Folders], Sequence[Place]]
    render_command: Callable[[Launch], JsonObject]
    render_url: Callable[[str], JsonObject] | None = None
    programs: tuple[str, ...] = ()
    find_project_file: Callable[[Path], Path] | None = None
    next_step: str = RESTART
    sign_in: str = "{title} asks you to sign in when it connects."


def _render_command(launch: Launch) -> JsonObject:
    entry: JsonObject = {"command": launch.command, "args": launch.arguments}
    return entry | ({"env": launch.environment} if launch.environment else {})


def _render_typed_command(launch: Launch) -> JsonObject:
    return {"type": "stdio"} | _render_command(launch)


def _render_goose_command(launch: Launch) -> JsonObject:
    return _render_goose_extension("stdio") | {
        "cmd": launch.command,
        "args": launch.arguments,
        "envs": launch.environment,
    }


def _render_goose_url(url: str) -> JsonObject:
    return _render_goose_extension("streamable_http") | {"uri": url, "envs": {}, "headers": {}}


def _render_goose_extension(kind: str) -> JsonObject:
    return {
        "enabled": True,
        "type": kind,
        "name": "killatamata",
        "description": "Images, videos and sound at exact prices",
        "timeout": 300,
        "bundled": False,
        "env_keys": [],
    }


def _render_opencode_command(launch: Launch) -> JsonObject:
    entry: JsonObject = {"type": "local", "command": [launch.command, *launch.arguments]}
    return entry | ({"environment": launch.environment} if launch.environment else {})


def _list_claude_desktop_places(folders: Folders) -> list[Place]:
    name = "claude_desktop_config.json"
    parents = [folders.desktop / "Claude"]
    if folders.platform == "win32":
        # The packaged program sees a copy of %APPDATA% of its own, and never the common one.
        packaged = folders.packages.glob("Claude_*/LocalCache/Roaming/Claude")
        parents = [*sorted(packaged), *parents]
    return [Place(parent / name, parent) for parent in parents]


def _list_claude_code_places(folders: Folders) -> list[Place]:
    folder = folders.get_folder("CLAUDE_CONFIG_DIR", folders.home / ".claude")
    own = folders.environment.get("CLAUDE_CONFIG_DIR")
    return [Place((folder if own else folders.home) / ".claude.json", folder)]


def _list_vs_code_places(folders: Folders) -> list[Place]:
    users = [folders.desktop / name / "User" for name in ("Code", "Code - Insiders")]
    return [Place(user / "mcp.json", user) for user in users]


def _list_cline_places(folders: Folders) -> list[Place]:
    name = Path("settings", "cline_mcp_settings.json")
    own = folders.get_folder("CLINE_MCP_SETTINGS_PATH", folders.home / ".cline" / "data" / name)
    editors = [folders.desktop / each / "User" / EXTENSION_OF_CLINE for each in ("Code", "Cursor")]
    # Who names a file uses it, wherever it is.
    is_named = "CLINE_MCP_SETTINGS_PATH" in folders.environment
    return [
        Place(own, folders.home if is_named else folders.home / ".cline"),
        *(Place(editor / name, editor) for editor in editors),
    ]


def _list_zed_places(folders: Folders) -> list[Place]:
    # Zed heeds XDG_CONFIG_HOME on Linux only.
    usual = folders.home / ".config" if folders.platform == "darwin" else folders.config
    folder = folders.roaming / "Zed" if folders.platform == "win32" else usual / "zed"
    return [Place(folder / "settings.json", folder)]


def _list_goose_places(folders: Folders) -> list[Place]:
    windows = folders.roaming / "Block" / "goose" / "config"
    folder = windows if folders.platform == "win32" else folders.config / "goose"
    return [Place(folder / "config.yaml", folder)]


def _list_codex_places(folders: Folders) -> list[Place]:
    folder = folders.get_folder("CODEX_HOME", folders.home / ".codex")
    return [Place(folder / "config.toml", folder)]


def _list_opencode_places(folders: Folders) -> list[Place]:
    folder = folders.config / "opencode"
    return [Place(_find_opencode_file(folder), folder)]


def _find_opencode_file(folder: Path) -> Path:
    """Return the settings that opencode reads last, and `opencode.json` where there are none."""
    files = [folder / name for name in ("opencode.jsonc", "opencode.json")]
    return next((file for file in files if file.exists()), files[-1])


def _in_home(*parts: str) -> Callable[[Folders], list[Place]]:
    def list_places(folders: Folders) -> list[Place]:
        file = folders.home.joinpath(*parts)
        return [Place(file, file.parent)]

    return list_places


def _in_project(*parts: str) -> Callable[[Path], Path]:
    return lambda project: project.joinpath(*parts)


SERVERS = (("mcpServers",),)
HOSTS: Mapping[str, Host] = {
    "claude-desktop": Host(
        title="Claude Desktop",
        syntax="json",
        sections=SERVERS,
        list_places=_list_claude_desktop_places,
        render_command=_render_command,
    ),
    "claude-code": Host(
        title="Claude Code",
        syntax="json",
        sections=SERVERS,
        list_places=_list_claude_code_places,
        programs=("claude",),
        find_project_file=_in_project(".mcp.json"),
        render_command=_render_typed_command,
        render_url=lambda url: {"type": "http", "url": url},
        next_step="Check it:  claude mcp list",
        sign_in="To sign in, type /mcp in Claude Code.",
    ),
    "cursor": Host(
        title="Cursor",
        syntax="json",
        sections=SERVERS,
        list_places=_in_home(".cursor", "mcp.json"),
        programs=("cursor", "cursor-agent"),
        find_project_file=_in_project(".cursor", "mcp.json"),
        render_command=_render_typed_command,
        render_url=lambda url: {"url": url},
    ),
    "vscode": Host(
        title="VS Code",
        syntax="json",
        sections=(("servers",),),
        list_places=_list_vs_code_places,
        programs=("code", "code-insiders"),
        find_project_file=_in_project(".vscode", "mcp.json"),
        render_command=_render_typed_command,
        render_url=lambda url: {"type": "http", "url": url},
        next_step="VS Code asks once whether to trust it: MCP: List Servers.",
    ),
    "codex": Host(
        title="Codex",
        syntax="toml",
        sections=(("mcp_servers",),),
        list_places=_list_codex_places,
        programs=("codex",),
        find_project_file=_in_project(".codex", "config.toml"),
        render_command=_render_command,
        render_url=lambda url: {"url": url},
        next_step="Check it:  codex mcp list",
        sign_in="To sign in:  codex mcp login killatamata",
    ),
    "gemini": Host(
        title="Gemini CLI",
        syntax="json",
        sections=SERVERS,
        list_places=_in_home(".gemini", "settings.json"),
        programs=("gemini",),
        find_project_file=_in_project(".gemini", "settings.json"),
        render_command=_render_command,
        render_url=lambda url: {"url": url, "type": "http"},
        next_step="Check it, in a folder that Gemini CLI trusts:  gemini mcp list",
        sign_in="To sign in, type /mcp auth killatamata in Gemini CLI.",
    ),
    "windsurf": Host(
        title="Windsurf",
        syntax="json",
        sections=SERVERS,
        list_places=_in_home(".codeium", "windsurf", "mcp_config.json"),
        programs=("windsurf",),
        render_command=_render_command,
        render_url=lambda url: {"serverUrl": url},
        next_step="Press Refresh in Windsurf's list of MCP servers.",
    ),
    "zed": Host(
        title="Zed",
        syntax="json",
        sections=(("context_servers",),),
        list_places=_list_zed_places,
        programs=("zed", "zeditor"),
        find_project_file=_in_project(".zed", "settings.json"),
        render_command=_render_command,
        render_url=lambda url: {"url": url},
        next_step="Zed loads it at once: agent: open settings.",
    ),
    "goose": Host(
        title="Goose",
        syntax="yaml",
        sections=(("extensions",),),
        list_places=_list_goose_places,
        programs=("goose",),
        render_command=_render_goose_command,
        render_url=_render_goose_url,
        next_step="The next session of Goose loads it.",
    ),
    "cline": Host(
        title="Cline",
        syntax="json",
        sections=SERVERS,
        list_places=_list_cline_places,
        programs=("cline",),
        render_command=_render_command,
        render_url=lambda url: {"type": "streamableHttp", "url": url},
        next_step="Cline loads it at once.",
    ),
    "opencode": Host(
        title="opencode",
        syntax="json",
        sections=(("mcp", "servers"), ("mcp",)),
        list_places=_list_opencode_places,
        programs=("opencode",),
        find_project_file=_find_opencode_file,
        render_command=_render_opencode_command,
        render_url=lambda url: {"type": "remote", "url": url},
        next_step="Check it:  opencode mcp list",
        sign_in="To sign in:  opencode mcp auth killatamata",
    ),
}
OTHER_NAMES = {
    "claude": "claude-code",
    "code": "vscode",
    "vs-code": "vscode",
    "gemini-cli": "gemini",
}


def list_used_files(host: Host, folders: Folders) -> list[Path]:
    """Return the settings files of the host's installations; the usual one where there is none."""
    places = host.list_places(folders)
    return [each.file for each in places if each.folder.is_dir()] or [places[0].file]
