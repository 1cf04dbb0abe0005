"""Hosts from npm that find our server after `killatamata login` and `killatamata mcp install`.

`KT_TEST_SLOW=1 ./test tests/slow -k host_installs` needs npm; without it, it is skipped.
"""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.models.script import ModelPlay, ToolCall
from tests.fakes.models.serving import serve_scripted_model
from tests.gateway import Client, Gateway, picture_input, serve_gateway
from tests.installing import ROOT
from tests.processes import COMMAND_PATH
from tests.slow.mcp_hosts import HOSTS, LISTING_HOSTS, SETUP_SECONDS, HostSession, install_hosts

pytestmark = pytest.mark.slow
HOSTS_PAGE = ROOT / "docs" / "mcp-hosts.md"
CONNECTED, NAMED = " connected", "mcp --profile default"
LISTS = {
    "claude-code": ("claude mcp list", CONNECTED),
    "gemini": ("gemini mcp list", CONNECTED),
    "codex": ("codex mcp list", NAMED),
    "opencode": ("opencode mcp list", "✓ killatamata"),
    "cline": ("cline config mcp --json", '"transporttype":"stdio"'),
}
TRUSTED = {"GEMINI_CLI_TRUST_WORKSPACE": "true"}  # else Gemini CLI starts no servers
TASKS = {"claude-code": "Claude Code", "gemini": "Gemini CLI", "codex": "Codex"}
TRIES = 3  # Gemini CLI gives a server five seconds, which a busy machine may not


@dataclass(frozen=True, slots=True)
class Person:
    """A person with a home of their own, who has signed in."""

    home: Path
    session: HostSession

    def run_own_command(self, *words: str, stdin: str = "") -> str:
        """Run our command without variables; return what it printed."""
        ran = subprocess.run(
            [COMMAND_PATH, *words],
            cwd=self.home / "work",
            env={"HOME": str(self.home), "PATH": "/usr/bin:/bin"},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SETUP_SECONDS,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def find_in_list(self, line: str, words: str) -> str:
        """Return what a host prints of its servers, as soon as these words are in it."""
        printed = ""
        for _ in range(TRIES):
            printed = self.session.run_line(line, TRUSTED, 2 * SETUP_SECONDS)
            if words in printed.lower():
                break
        return printed


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    install_hosts()
    with serve_gateway(tmp_path_factory.mktemp("installs") / "data") as one:
        yield one


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with gateway.account() as account:
        yield account


@pytest.fixture
def person(gateway: Gateway, client: Client, tmp_path: Path) -> Person:
    home = tmp_path / "home"
    for folder in ("work", "tmp"):
        (home / folder).mkdir(parents=True)
    person = Person(home, HostSession(HOSTS[0], home, ""))
    person.run_own_command("login", "--with-key", "-", "--base-url", gateway.base, stdin=client.key)
    return person


def test_the_page_names_the_versions_that_are_tried() -> None:
    page = HOSTS_PAGE.read_text()
    for version in LISTING_HOSTS.values():
        assert version in page


@pytest.mark.promise("client: hosts")
@pytest.mark.parametrize("name", LISTS)
def test_a_host_lists_the_server_until_it_is_removed(name: str, person: Person) -> None:
    line, words = LISTS[name]
    person.run_own_command("mcp", "install", name)
    found = json.loads(person.run_own_command("mcp", "install", "--json"))
    assert [row["host"] for row in found if row["installed"]] == [name]
    printed = person.find_in_list(line, words)
    assert "killatamata" in printed
    assert words in printed.lower(), printed
    person.run_own_command("mcp", "install", name, "--remove")
    assert "killatamata" not in person.session.run_line(line, TRUSTED, 2 * SETUP_SECONDS)


@pytest.mark.promise("client: hosts")
@pytest.mark.parametrize("name", TASKS)
def test_a_model_makes_a_picture_through_the_entry(
    name: str, person: Person, client: Client
) -> None:
    (host,) = (each for each in HOSTS if each.name == TASKS[name])
    for file, text in host.files.items():
        (person.home / file).parent.mkdir(exist_ok=True)
        (person.home / file).write_text(text)
    person.run_own_command("mcp", "install", name)

    def play() -> ModelPlay:
        told = yield ToolCall("image_generate_prepare", picture_input())
        plan = told.find_object("planHash")
        named = {field: plan[field] for field in ("planId", "planHash")}
        told = yield ToolCall("plan_execute", named | {"waitSeconds": 50})
        (job,) = told.find_object("jobs")["jobs"]
        assert job["status"] == "succeeded"
        return "All done."

    with serve_scripted_model(play()) as (url, model):
        printed = HostSession(host, person.home, "").run_task(url)
    model.check()
    assert "All done." in printed
    assert client.get_balance()["availableUsd"] == "4.98"
