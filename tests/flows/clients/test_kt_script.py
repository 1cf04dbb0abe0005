"""The script of the skill, run as an agent runs it: with Python alone, against a real gateway."""

import ast
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent_skill.render import SCRIPT, SCRIPTS
from tests.client.scripted import Answer, serve_answers
from tests.flows.clients.kt_shell import KtShell
from tests.gateway import Client, Gateway, picture_input

SMALL = ["prompt=a fox", "width=256", "height=256"]
NO_PASSWD_ENTRY = """
import pwd, runpy, sys
def getpwuid(user): raise KeyError(user)
pwd.getpwuid = getpwuid
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def shell(gateway: Gateway, client: Client, tmp_path: Path) -> KtShell:
    return KtShell(gateway, tmp_path, client.key)


@pytest.fixture
def stranger(gateway: Gateway, tmp_path: Path) -> KtShell:
    return KtShell(gateway, tmp_path, None)


def test_a_key_is_stripped_and_a_wrong_one_never_printed(shell: KtShell) -> None:
    key = shell.environment["KT_API_KEY"]
    shell.run_kt("balance", KT_API_KEY=f"{key}\n")
    for wrong in (f"{key}\nx", f"{key} x", f"{key}ü"):
        _, said = shell.run_kt("balance", code=1, KT_API_KEY=wrong)
        assert "The API key" in said
        assert key not in said


@pytest.mark.promise("discovery: script")
def test_a_job_is_priced_run_and_saved(shell: KtShell, client: Client) -> None:
    balance, _ = shell.run_kt("balance")
    assert balance["availableUsd"] == "5.00"
    quote, _ = shell.run_kt("quote", "image.generate", *SMALL)
    assert quote["totalUsd"] == "0.02"
    words = ("run", "image.generate", *SMALL, "--key", "one", "-o", "fox.png")
    job, said = shell.run_kt(*words)
    assert "$0.02" in said
    assert (shell.home / "fox.png").read_bytes().startswith(b"\x89PNG")
    again, _ = shell.run_kt(*words)
    assert again["jobId"] == job["jobId"]
    assert client.get_balance()["availableUsd"] == "4.98"


def test_fields_may_stand_behind_options(shell: KtShell) -> None:
    (shell.home / "size.json").write_text('{"width": 256, "height": 256}')
    words = ("quote", "image.generate", "count=1", "--input", "size.json", "prompt=a fox")
    quote, _ = shell.run_kt(*words)
    assert quote["items"][0]["effectiveInput"]["prompt"] == "a fox"
    for wrong in (("balance", "prompt=x"), (*words, "--wrong")):
        assert "unrecognized arguments" in shell.run_kt(*wrong, code=2)[1]


def test_a_key_is_fetched_by_a_link_that_a_person_approves(
    gateway: Gateway, client: Client, stranger: KtShell
) -> None:
    with stranger.start_kt("login", "--name", "my agent") as process:
        assert process.stderr is not None
        page = process.stderr.readline().split()[-1]
        with gateway.browser(client.account_id) as browser:
            code = page.partition("userCode=")[2]
            yes = browser.post("/api/v1/device/link/approve", json={"userCode": code})
            assert yes.json() == {"state": "approved"}
        process.communicate(timeout=120)
    assert process.returncode == 0
    file = stranger.home / ".config" / "killatamata" / "config.toml"
    assert file.stat().st_mode & 0o777 == 0o600
    balance, _ = stranger.run_kt("balance")
    assert balance["availableUsd"] == "5.00"
    file.chmod(0o644)
    _, said = stranger.run_kt("balance", code=1)
    assert "chmod 600" in said


def test_each_end_has_its_exit_code(shell: KtShell, stranger: KtShell) -> None:
    stranger.run_kt("balance", code=3)
    shell.run_kt("paint", code=2)
    shell.run_kt("quote", "image.generate", "size=3", code=1)
    dear = ("width=2048", "height=2048", "count=4")
    shell.run_kt("run", "image.generate", "prompt=a fox", *dear, "--max-price", "0.02", code=4)
    failing = ("run", "image.generate", "prompt=[sandbox:fail]", "width=256", "height=256")
    job, _ = shell.run_kt(*failing, code=5)
    assert job["status"] == "failed"
    slow = ("run", "image.generate", "prompt=[sandbox:slow=60]", "width=256", "height=256")
    _, said = shell.run_kt(*slow, "--timeout", "0", code=6)
    assert "kt.py job job_" in said


def test_a_foreign_key_and_a_foreign_scheme_are_left_alone(stranger: KtShell) -> None:
    stranger.run_kt("balance", code=3, API_KEY="sk-somebody-elses")
    _, said = stranger.run_kt("balance", code=1, KT_API_BASE="http://example.com")
    assert "not https" in said


def test_a_plan_is_prepared_shown_and_executed(
    shell: KtShell, gateway: Gateway, client: Client
) -> None:
    steps = [{"operation": "image.generate", "input": picture_input()}]
    (shell.home / "steps.json").write_text(json.dumps(steps))
    plan, _ = shell.run_kt("plan", "prepare", "steps.json")
    shown, _ = shell.run_kt("plan", "show", plan["planId"])
    assert shown["planHash"] == plan["planHash"]
    policy = {"autoApproveUsd": "0", "confirmUpToUsd": "0"}
    made = client.http.post("/api/v1/keys", json={"label": "capped", "spendPolicy": policy})
    capped = KtShell(gateway, shell.home, made.json()["apiKey"])
    _, said = capped.run_kt("plan", "execute", plan["planId"], plan["planHash"], code=7)
    assert f"approvalUrl: {gateway.base}/plans/{plan['planId']}" in said
    done, _ = shell.run_kt("plan", "execute", plan["planId"], plan["planHash"])
    assert done["state"] == "executed"


def test_a_refused_document_is_told_how_and_the_second_try_is_taken(shell: KtShell) -> None:
    def prepare(document: object, code: int = 0) -> tuple[Any, str]:
        step = {"operation": "studio.storyboard.save", "input": {"document": document}}
        (shell.home / "plan.json").write_text(json.dumps([step]))
        return shell.run_kt("plan", "prepare", "plan.json", code=code)

    _, said = prepare({"name": "Fox", "scenes": [{"id": "Scene 1"}]}, code=1)
    told = dict(line.split(": ", 1) for line in said.splitlines())
    fields = [each["field"] for each in json.loads(told["errors"])]
    assert "steps.0.input.document.scenes.0.id" in fields
    plan, _ = prepare(json.loads(told["example"]))
    assert plan["totalUsd"] == "0.00"


def test_no_paid_file_is_lost_and_a_bad_target_costs_nothing(
    shell: KtShell, client: Client
) -> None:
    run = ("run", "image.generate", *SMALL)
    for target in ("missing/fox.png", "/proc/fox.png", "."):
        _, said = shell.run_kt(*run, "-o", target, code=2)
        assert "Cannot save to" in said or "is a folder" in said
    assert client.get_balance()["availableUsd"] == "5.00"
    os.mkfifo(shell.home / "pipe")
    with subprocess.Popen(["cat", "pipe"], cwd=shell.home, stdout=subprocess.PIPE) as reader:
        shell.run_kt(*run, "-o", "pipe")
        assert reader.communicate(timeout=60)[0].startswith(b"\x89PNG")
    assert (shell.home / "pipe").is_fifo()
    (shell.home / "my foxes").mkdir()
    slow = ("run", "image.generate", "prompt=[sandbox:slow=1]", *SMALL[1:])
    with shell.start_kt(*slow, "-o", "my foxes/fox.png") as process:
        assert process.stderr is not None
        assert any("queued" in line or "running" in line for line in process.stderr)
        (shell.home / "my foxes").rmdir()
        said = process.communicate(timeout=120)[1]
    assert process.returncode == 1
    (shell.home / "my foxes").mkdir()
    command = said.partition("Continue with: kt.py ")[2].splitlines()[0]
    shell.run_kt(*shlex.split(command))
    assert (shell.home / "my foxes" / "fox.png").read_bytes().startswith(b"\x89PNG")


def test_without_a_home_the_key_of_the_environment_works_and_no_file_is_trusted(
    shell: KtShell,
) -> None:
    here = shell.home / "~" / ".config" / "killatamata"
    here.mkdir(parents=True)
    (here / "config.toml").write_text("not TOML")
    homeless = shell.environment.copy()
    del homeless["HOME"]

    def kt(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-I", "-c", NO_PASSWD_ENTRY, str(SCRIPT), *words]
        return subprocess.run(
            command, env=homeless, cwd=shell.home, capture_output=True, text=True, check=False
        )

    assert kt("--help").stdout.startswith("usage: kt.py")
    assert json.loads(kt("balance").stdout)["availableUsd"] == "5.00"
    told = kt("login")
    assert (told.returncode, told.stderr.partition(":")[0]) == (
        1,
        "There is no home folder for the key",
    )


def test_what_is_written_wrongly_is_said_in_a_line(shell: KtShell) -> None:
    (shell.home / "broken.json").write_text("[{")
    for words in (
        ("quote", "image.generate", "count:=[2"),
        ("quote", "image.generate", "--input", "broken.json"),
        ("plan", "prepare", "broken.json"),
        ("plan", "execute", "plan_1"),
        ("storyboard", "import", "film.md", "--asset", "ast_1"),
    ):
        _, said = shell.run_kt(*words, code=2)
        assert len(said.splitlines()) == 1, said
    _, said = shell.run_kt("plan", "wait", "plan_1", "-o", "missing/fox.png", code=2)
    assert "charged" not in said
    (shell.home / ".config/killatamata").mkdir(parents=True)
    file = shell.home / ".config/killatamata/config.toml"
    file.touch(0o600)
    file.write_text("[profile")
    assert "is not TOML" in shell.run_kt("balance", code=1)[1]


def test_an_older_python_and_the_modes_of_windows_are_known(shell: KtShell) -> None:
    for file in SCRIPTS.glob("*.py"):
        ast.parse(file.read_text(), feature_version=(3, 9))
    older = "sys.version_info = (3, 9, 6); sys.modules['tomllib'] = None"
    told = shell.run_changed(older, "balance")
    assert (told.returncode, told.stderr.partition(";")[0]) == (
        1,
        "kt.py needs Python 3.11 or newer",
    )
    file = shell.home / ".config" / "killatamata" / "config.toml"
    file.parent.mkdir(parents=True)
    file.touch(0o666)
    windows = (
        f"sys.path.insert(0, {str(SCRIPTS)!r}); import kt_gateway, types;"
        " kt_gateway.os = types.SimpleNamespace(**vars(kt_gateway.os) | {'name': 'nt'})"
    )
    told = shell.run_changed(windows, "balance")
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("", "[profile.default]\n{NEW}\n"),
        ("# mine\n[tui]\na = 1 # b\n", "# mine\n[tui]\na = 1 # b\n\n[profile.default]\n{NEW}\n"),
        (
            "# mine\n[profile.default] # me\n# old\napi_key = 'x'\nextra = 1\n[profile.b]\nc = 2\n",
            "# mine\n[profile.default] # me\n{NEW}\n# old\nextra = 1\n[profile.b]\nc = 2\n",
        ),
    ],
)
def test_a_stored_key_leaves_the_comments_of_the_file(
    earlier: str, later: str, shell: KtShell
) -> None:
    file = shell.home / ".config" / "killatamata" / "config.toml"
    file.parent.mkdir(parents=True)
    file.touch(0o600)
    file.write_text(earlier)
    keep = f"sys.path.insert(0, {str(SCRIPTS)!r}); from kt_gateway import keep; keep('k', 'b')"
    assert shell.run_changed(keep, "--help").returncode == 0
    assert file.read_text() == later.replace("{NEW}", 'api_key = "k"\nbase_url = "b"')


def test_a_configuration_that_lines_cannot_change_is_left_alone(stranger: KtShell) -> None:
    file = stranger.home / ".config" / "killatamata" / "config.toml"
    file.parent.mkdir(parents=True)
    file.touch(0o600)
    text = '# mine\nprofile = {default = {api_key = "x"}}\n[tui]\na = 1\n'
    file.write_text(text)
    _, said = stranger.run_kt("login", code=1)
    assert "[profile.default]" in said
    assert "check the code" not in said  # no link begins, so no key is made for nothing
    assert file.read_text() == text


def test_a_gateway_that_stops_is_not_asked_on_and_on(shell: KtShell) -> None:
    plan: dict[str, Any] = {
        "planId": "plan_1",
        "state": "pending",
        "outcome": None,
        "version": 1,
        "steps": [],
    }
    ended = plan | {"outcome": "succeeded", "version": 2}
    job = {"jobId": "job_1", "status": "running", "version": 1}
    done = job | {"status": "succeeded", "version": 2}
    for words, open_one, last in (("plan', 'wait", plan, ended), ("job", job, done)):
        billing = {"billing": {"priceUsd": "0", "state": "reserved"}}
        answers = [Answer(200, each | billing) for each in (open_one, open_one, open_one)]
        with serve_answers(*answers, Answer(200, last | {"state": "done"} | billing)) as script:
            shell.environment["KT_API_BASE"] = script.base
            pause = "import time; time.sleep = lambda seconds: print(seconds, file=sys.stderr)"
            told = shell.run_changed(pause, *words.split("', '"), f"{words.split(chr(39))[0]}_1")
        assert told.returncode == 0, told.stderr
        assert told.stderr.splitlines().count("1") == 2
