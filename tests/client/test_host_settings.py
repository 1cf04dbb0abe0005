"""Settings of hosts as people have them: comments, options, odd forms; only our entry changes."""

import os
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from killatamata.cli import app, stored_profiles
from killatamata.cli.hosts import jsonc

Run = Callable[..., Result]
JSON_FILE, TOML_FILE, YAML_FILE = (
    ".config/zed/settings.json",
    ".codex/config.toml",
    ".config/goose/config.yaml",
)
CODEX = """model = "m" # mine

[mcp_servers.a]
command = "x" # theirs
# the last word on a

# [mcp_servers.off]
# command = "y"

# how the terminal looks
[tui]
theme = "dark"
"""
ONLY_OURS = """# mine
[mcp_servers]
# [mcp_servers.off]

# My terminal
[tui]
theme = "dark"
"""
GOOSE = """GOOSE_MODE: auto # mine
extensions: # of all kinds
  # the first
  developer: {enabled: true} # theirs
  # off: {enabled: false}

theme: dark
"""
OFF_IN_YAML = "extensions: {} # all\n  # off: {enabled: true}\ntheme: dark\n"
ZED = """{
  // mine
  "context_servers": {
    "other": {}, // theirs
    // "off": {},
  },
  "theme": "dark", /* nice */
}
"""
OFF_IN_ZED = """{
  "context_servers": {
    // "github": {"command": "x"},
  },
  "theme": "dark"
}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a person who has signed in, with no variable set."""
    for name in ("XDG_CONFIG_HOME", "CODEX_HOME", "KT_KEY_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    stored_profiles.store_profile("default", api_key="kt_test_a", base_url="http://127.0.0.1:9")
    return tmp_path


@pytest.fixture
def run(home: Path) -> Run:
    def run(*words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(app, ["mcp", "install", *words], env={"COLUMNS": "300"})
        assert done.exit_code == code, (done.output, done.exception)
        return done

    return run


def write(home: Path, name: str, text: str) -> Path:
    file = home / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())
    return file


@pytest.mark.promise("client: hosts")
@pytest.mark.parametrize(
    ("host", "name", "earlier"),
    [
        ("zed", JSON_FILE, ZED),
        ("zed", JSON_FILE, OFF_IN_ZED),
        ("zed", JSON_FILE, ZED.replace("\n", "\r\n")),
        ("codex", TOML_FILE, CODEX),
        ("codex", TOML_FILE, ONLY_OURS),
        ("codex", TOML_FILE, CODEX.replace("\n", "\r\n")),
        ("goose", YAML_FILE, GOOSE),
        ("goose", YAML_FILE, OFF_IN_YAML),
        ("goose", YAML_FILE, GOOSE.replace("\n", "\r\n")),
    ],
)
def test_comments_and_other_servers_stay_where_the_host_wrote_meanwhile(
    host: str, name: str, earlier: str, run: Run, home: Path
) -> None:
    file = write(home, name, earlier)
    run(host)
    text = file.read_bytes().decode()
    assert "killatamata" in text
    assert text.count("\r\n") in {0, text.count("\n")}
    file.write_bytes(text.replace("dark", "light").encode())
    run(host, "--remove")
    assert file.read_bytes().decode() == earlier.replace("dark", "light")


def test_a_table_is_put_behind_its_siblings_and_no_comment_leaves_its_table(
    run: Run, home: Path
) -> None:
    file = write(home, TOML_FILE, CODEX)
    run("codex")
    lines = file.read_text().splitlines()
    assert lines[lines.index("[tui]") - 1] == "# how the terminal looks"
    assert lines.index("[mcp_servers.killatamata]") < lines.index("# the last word on a")


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        (YAML_FILE, "extensions: {developer: {enabled: true}, killatamata: {cmd: x}}\n"),
        (YAML_FILE, "extensions:\n  killatamata: &x {cmd: x}\n  b: *x\n"),
        (TOML_FILE, '[mcp_servers.killatamata]\nargs = [\n["a"]\n]\n\n[tui]\na = 1\n'),
    ],
)
def test_what_cannot_be_taken_out_alone_is_left_and_said(
    name: str, changed: str, run: Run, home: Path
) -> None:
    host = "goose" if name == YAML_FILE else "codex"
    file = write(home, name, changed)
    assert "by hand" in run(host, "--remove", code=1).stderr
    assert file.read_text() == changed


def test_of_several_files_none_is_written_if_one_is_refused(run: Run, home: Path) -> None:
    name = "User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"
    files = [write(home, f".config/{each}/{name}", "{}") for each in ("Code", "Cursor")]
    run("cline")
    installed = files[0].read_text()
    files[1].write_text("{")
    assert str(files[1]) in run("cline", "--remove", code=1).stderr
    assert files[0].read_text() == installed
    files[0].write_text("{}")
    assert str(files[1]) in run("cline", code=1).stderr
    assert files[0].read_text() == "{}"


def test_two_links_to_one_file_are_edited_once(run: Run, home: Path) -> None:
    name = "User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"
    real = write(home, f".config/Code/{name}", "{}")
    other = home / ".config/Cursor" / name
    other.parent.mkdir(parents=True)
    other.symlink_to(real)
    run("cline")
    run("cline", "--remove")
    assert real.read_text() == "{}"
    assert other.is_symlink()


def test_what_was_written_before_a_full_disk_is_named(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"
    files = [write(home, f".config/{each}/{name}", "{}") for each in ("Code", "Cursor")]
    replace = Path.replace

    def fail_for_second(fresh: Path, target: Path) -> Path:
        if target == files[1]:
            raise OSError(28, "No space left on device")
        return replace(fresh, target)

    monkeypatch.setattr(Path, "replace", fail_for_second)
    told = run("cline", code=1).stderr
    assert f"{files[1]}: " in told
    assert f"Changed: {files[0]}." in told


def test_options_of_people_and_hosts_stay_on_our_entry(run: Run, home: Path) -> None:
    file = write(home, TOML_FILE, CODEX)
    run("codex")
    options = "required = true # by me\ntool_timeout_sec = 300\n"
    head = "[mcp_servers.killatamata]\n"
    text = file.read_text().replace(head, head + options).replace("default", "old")
    file.write_text(text)
    run("codex")
    assert file.read_text() == text.replace("old", "default")
    run("codex", "--transport", "http")
    entry = tomllib.loads(file.read_text())["mcp_servers"]["killatamata"]
    assert entry == {
        "required": True,
        "tool_timeout_sec": 300,
        "url": "http://127.0.0.1:9/mcp",
    }
    run("codex", "--remove")
    assert file.read_text() == CODEX
    goose = home / YAML_FILE
    run("goose")
    goose.write_text(goose.read_text().replace("300", "900").replace("stdio", "sse"))
    run("goose")
    settings = yaml.safe_load(goose.read_text())["extensions"]["killatamata"]
    assert (settings["timeout"], settings["type"]) == (900, "stdio")


@pytest.mark.parametrize("host", ["zed", "codex", "goose"])
def test_an_entry_that_was_written_by_hand_comes_back(host: str, run: Run, home: Path) -> None:
    name, text = {
        "zed": (JSON_FILE, '{"context_servers": {"killatamata": {"command": "mine"}}}'),
        "codex": (TOML_FILE, '[mcp_servers.killatamata]\ncommand = "mine"\nrequired = true\n'),
        "goose": (YAML_FILE, "extensions:\n  killatamata:\n    cmd: mine\n    bundled: true\n"),
    }[host]
    file = write(home, name, text)
    run(host)
    assert "mine" not in file.read_text()
    assert "of before" in run(host, "--remove").stdout
    assert file.read_text() == text
    assert "no longer" in run(host, "--remove").stdout
    assert file.exists()  # it was theirs
    assert "killatamata" not in file.read_text()


def test_a_byte_order_mark_and_the_rights_of_a_group_stay(run: Run, home: Path) -> None:
    file = write(home, JSON_FILE, "\ufeff" + ZED)
    file.chmod(0o664)
    if os.geteuid() == 0:
        os.chown(file, 12345, 12346)
    owner = file.stat().st_uid, file.stat().st_gid
    run("zed")
    text = file.read_text()
    assert text.startswith("\ufeff")
    assert "killatamata" in jsonc.load(text[1:])["context_servers"]
    assert file.stat().st_mode & 0o777 == 0o664
    assert (file.stat().st_uid, file.stat().st_gid) == owner
    run("zed", "--remove")
    assert file.read_text() == "\ufeff" + ZED


def test_a_removal_is_not_printed_and_nothing_is_removed(run: Run, home: Path) -> None:
    file = write(home, JSON_FILE, ZED)
    run("zed")
    text = file.read_text()
    assert "without --remove" in run("zed", "--remove", "--print", code=2).stderr
    assert file.read_text() == text
