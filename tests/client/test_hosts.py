"""Hosts of MCP servers: our entry goes into their settings, and comes out byte for byte."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from killatamata.cli import app, stored_profiles
from killatamata.cli.hosts import jsonc
from killatamata.cli.hosts.catalogue import EXTENSION_OF_CLINE, HOSTS, list_used_files
from killatamata.cli.hosts.folders import Folders
from killatamata.profiles import DEFAULT_BASE_URL

KEY, BASE = "kt_test_" + "a" * 38, "http://127.0.0.1:9"
Run = Callable[..., Result]
READERS: dict[str, Callable[[str], Any]] = {
    "json": json.loads,
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
}
EARLIER = {
    "json": '{\n  "theme": "dark",\n  "SECTION": {"other": {"command": "x"}}\n}',
    "toml": 'model = "m" # mine\n\n[SECTION.other]\ncommand = "x" # theirs',
    "yaml": "GOOSE_MODE: auto # mine\nSECTION:\n    other: {enabled: true} # theirs\n\n# end\n",
}
COMMENTED = """{
  // Settings of mine
  "context_servers": {
    "other": { "command": "x" }, // theirs
    /* the next is off
    "off": {}, */
  },
  "theme": "One Dark", // nice
}
"""
WINDOWS = {
    "claude-desktop": "Roaming/Claude/claude_desktop_config.json",
    "vscode": "Roaming/Code/User/mcp.json",
    "zed": "Roaming/Zed/settings.json",
    "goose": "Roaming/Block/goose/config/config.yaml",
    "cursor": "home/.cursor/mcp.json",
    "opencode": "home/.config/opencode/opencode.json",
}
MAC = {
    "claude-desktop": "home/Library/Application Support/Claude/claude_desktop_config.json",
    "vscode": "home/Library/Application Support/Code/User/mcp.json",
    "zed": "home/.config/zed/settings.json",
    "goose": "home/.config/goose/config.yaml",
    "windsurf": "home/.codeium/windsurf/mcp_config.json",
    "cline": "home/.cline/data/settings/cline_mcp_settings.json",
}
LINUX = {
    "claude-desktop": "home/.config/Claude/claude_desktop_config.json",
    "claude-code": "home/.claude.json",
    "vscode": "home/.config/Code/User/mcp.json",
    "codex": "home/.codex/config.toml",
    "gemini": "home/.gemini/settings.json",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a person who has signed in, with no variable set."""
    for name in ("XDG_CONFIG_HOME", "CLAUDE_CONFIG_DIR", "CODEX_HOME", "KT_KEY_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    stored_profiles.store_profile("default", api_key=KEY, base_url=BASE)
    return tmp_path


@pytest.fixture
def run(home: Path) -> Run:
    def run(*words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(app, ["mcp", "install", *words], env={"COLUMNS": "300"})
        assert done.exit_code == code, (done.output, done.exception)
        assert KEY not in done.output
        return done

    return run


def find_entry(text: str, name: str) -> dict[str, Any]:
    found = READERS[HOSTS[name].syntax](text)
    for key in (*HOSTS[name].sections[-1], "killatamata"):
        found = found[key]
    entry: dict[str, Any] = found
    return entry


@pytest.mark.promise("client: hosts")
@pytest.mark.parametrize("name", HOSTS)
def test_an_entry_runs_this_command_and_is_undone_byte_for_byte(
    name: str, run: Run, home: Path
) -> None:
    host = HOSTS[name]
    (file,) = list_used_files(host, Folders(home, "linux", {}))
    earlier = EARLIER[host.syntax].replace("SECTION", host.sections[-1][0])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(earlier)
    file.chmod(0o640)
    run(name)
    text = file.read_text()
    assert KEY not in text
    entry = find_entry(text, name)
    words = [*entry["command"], *entry.get("args", [])] if name == "opencode" else None
    words = words or [entry.get("command") or entry["cmd"], *entry["args"]]
    assert Path(words[0]).is_absolute()
    assert words[1:] == ["mcp", "--profile", "default"]
    assert "other" in READERS[host.syntax](text)[host.sections[-1][0]]
    assert "already had" in run(name).stdout
    assert (file.read_text(), file.stat().st_mode & 0o777) == (text, 0o640)
    run(name, "--remove")
    assert file.read_text() == earlier
    assert "does not have" in run(name, "--remove").stdout


@pytest.mark.parametrize("name", HOSTS)
def test_a_file_that_was_not_there_is_gone_again(name: str, run: Run, home: Path) -> None:
    (file,) = list_used_files(HOSTS[name], Folders(home, "linux", {}))
    run(name)
    assert find_entry(file.read_text(), name)
    run(name, "--remove")
    assert not file.exists()


def test_comments_stay_also_where_the_host_wrote_meanwhile(run: Run, home: Path) -> None:
    file = home / ".config" / "zed" / "settings.json"
    file.parent.mkdir(parents=True)
    file.write_text(COMMENTED)
    run("zed")
    text = file.read_text()
    assert {*jsonc.load(text)["context_servers"]} == {"other", "killatamata"}
    assert all(line in text for line in COMMENTED.splitlines())
    file.write_text(text.replace("One Dark", "Ayu"))
    run("zed", "--remove")
    assert file.read_text() == COMMENTED.replace("One Dark", "Ayu")


def test_opencode_2_has_a_place_of_its_own(run: Run, home: Path) -> None:
    file = home / ".config" / "opencode" / "opencode.jsonc"
    file.parent.mkdir(parents=True)
    for earlier in ('{"mcp": {"servers": {}}} // mine', '{"mcp": {"servers": {"type": "local"}}}'):
        file.write_text(earlier)
        run("opencode")
        servers = jsonc.load(file.read_text())["mcp"]
        is_newer = "type" not in servers["servers"]
        assert ("killatamata" in servers, "killatamata" in servers["servers"]) == (
            not is_newer,
            is_newer,
        )
        run("opencode", "--remove")
        assert file.read_text() == earlier


def test_settings_that_cannot_be_read_are_left_alone(run: Run, home: Path) -> None:
    file = home / ".cursor" / "mcp.json"
    file.parent.mkdir()
    for broken in ('{\n  "mcpServers": {\n', '{"mcpServers": []}', "[]"):
        file.write_text(broken)
        assert str(file) in run("cursor", code=1).stderr
        assert file.read_text() == broken
    assert [*file.parent.iterdir()] == [file]


def test_a_project_gets_the_url_and_neither_key_nor_path(run: Run, home: Path) -> None:
    for name, host in HOSTS.items():
        if host.find_project_file is None:
            assert "no settings for a project" in run(name, "--project", code=1).stderr
            continue
        run(name, "--project")
        text = host.find_project_file(home / "work").read_text()
        assert find_entry(text, name)["url"] == f"{BASE}/mcp"
        assert KEY not in text
        assert str(home) not in text
        run(name, "--project", "--remove")
    assert not [each for each in (home / "work").rglob("*") if each.is_file()]


def test_what_would_be_written_is_printed_and_nothing_is_written(run: Run, home: Path) -> None:
    printed = run("codex", "--print")
    assert tomllib.loads(printed.stdout)["mcp_servers"]["killatamata"]["args"][0] == "mcp"
    assert str(home / ".codex" / "config.toml") in printed.stderr
    assert not (home / ".codex").exists()
    entry = json.loads(run("goose", "--print", "--transport", "http", "--json").stdout)["entry"]
    assert (entry["type"], entry["uri"]) == ("streamable_http", f"{BASE}/mcp")


def test_without_a_stored_key_a_host_signs_in_by_itself_or_is_refused(run: Run, home: Path) -> None:
    (home / ".config" / "killatamata" / "config.toml").unlink()
    told = run("cursor", "--base-url", BASE)
    assert "killatamata login" in told.stderr
    entry = find_entry((home / ".cursor" / "mcp.json").read_text(), "cursor")
    assert entry == {"url": f"{BASE}/mcp"}
    assert "killatamata login" in run("claude-desktop", code=1).stderr
    assert "killatamata login" in run("cursor", "--transport", "stdio", code=1).stderr


def test_a_project_needs_no_key_and_a_profile_goes_behind_install(run: Run, home: Path) -> None:
    (home / ".config" / "killatamata" / "config.toml").unlink()
    run("cursor", "--project")
    entry = find_entry((home / "work" / ".cursor" / "mcp.json").read_text(), "cursor")
    assert entry == {"url": f"{DEFAULT_BASE_URL}/mcp"}
    words = ["mcp", "--profile", "work", "install", "cursor"]
    refused = CliRunner().invoke(app, words)
    assert (refused.exit_code, "behind it" in refused.stderr) == (2, True)
    assert not (home / ".cursor").exists()


def test_an_entry_names_a_command_that_is_there(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = home / ".cursor" / "mcp.json"
    monkeypatch.setattr("sys.argv", [str(home / "killatamata" / "__main__.py")])
    monkeypatch.setattr("sys.executable", str(home / "python3"))
    run("cursor")
    entry = find_entry(file.read_text(), "cursor")
    assert (entry["command"], entry["args"][:3]) == (
        str(home / "python3"),
        ["-m", "killatamata", "mcp"],
    )
    (home / "killatamata").touch(mode=0o755)
    run("cursor")
    assert find_entry(file.read_text(), "cursor")["command"] == str(home / "killatamata")
    for cache in (".cache/pipx/a1", ".local/share/pipx/.cache/a1", ".cache/uv/archive-v0/a1"):
        monkeypatch.setattr("sys.prefix", str(home / cache))
        assert "cache" in run("cursor", "--transport", "stdio", code=1).stderr
    monkeypatch.setattr("sys.prefix", str(home / ".local/share/pipx/venvs/killatamata"))
    run("cursor", "--transport", "stdio")


def test_the_hosts_of_this_machine_are_listed(run: Run, home: Path) -> None:
    (home / ".cursor").mkdir()
    program = home / "codex"
    program.touch(mode=0o755)
    run("codex")
    rows = {row["host"]: row for row in json.loads(run("--json").stdout)}
    assert {name: row["installed"] for name, row in rows.items()} == {
        "cursor": False,
        "codex": True,
    }
    assert "zed" in run().stderr
    assert "claude-code" in run("emacs", code=2).stderr


@pytest.mark.parametrize(
    ("platform", "places"), [("win32", WINDOWS), ("darwin", MAC), ("linux", LINUX)]
)
def test_each_platform_has_its_places(
    platform: str, places: dict[str, str], tmp_path: Path
) -> None:
    environment = {"APPDATA": str(tmp_path / "Roaming"), "LOCALAPPDATA": str(tmp_path / "Local")}
    folders = Folders(tmp_path / "home", platform, environment if platform == "win32" else {})
    for name, place in places.items():
        assert list_used_files(HOSTS[name], folders) == [tmp_path / place], name


def test_variables_are_heeded_as_the_hosts_do(tmp_path: Path) -> None:
    named = {"XDG_CONFIG_HOME": "/x", "CLINE_MCP_SETTINGS_PATH": "/y/mcp.json"}
    for platform, place in (("linux", Path("/x")), ("darwin", tmp_path / ".config")):
        folders = Folders(tmp_path, platform, named)
        assert list_used_files(HOSTS["zed"], folders) == [place / "zed" / "settings.json"]
    (tmp_path / "Library/Application Support/Code/User" / EXTENSION_OF_CLINE).mkdir(parents=True)
    files = list_used_files(HOSTS["cline"], Folders(tmp_path, "darwin", named))
    assert [file.name for file in files] == ["mcp.json", "cline_mcp_settings.json"]


def test_the_packaged_program_of_windows_has_a_place_of_its_own(tmp_path: Path) -> None:
    environment = {"APPDATA": str(tmp_path / "Roaming"), "LOCALAPPDATA": str(tmp_path / "Local")}
    own = tmp_path / "Local/Packages/Claude_pzs8/LocalCache/Roaming/Claude"
    own.mkdir(parents=True)
    files = list_used_files(HOSTS["claude-desktop"], Folders(tmp_path, "win32", environment))
    assert files == [own / "claude_desktop_config.json"]
