"""Completion of the command: what is offered, kept, and never printed."""

import shlex
import subprocess
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway import recorded
from killatamata import call_log
from killatamata.cli import app
from killatamata.cli.completion import FAILURE_KEPT_SECONDS
from killatamata.cli.completion_scripts import BASH
from tests.client.scripted import Answer, ScriptedGateway, serve_answers

TASKS = Answer(200, next(iter(recorded.list_calls("listTasks"))).answer.body)
DOWN = Answer(503)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    kept = {"disabled": False, "handlers": [], "level": call_log.LOG.level, "propagate": True}
    for name, value in kept.items():  # what KT_LOG changes in this process ends with the test
        monkeypatch.setattr(call_log.LOG, name, value)


def complete(script: ScriptedGateway, line: str) -> list[str]:
    """Return the values that are offered; check that nothing is printed besides."""
    env = {
        "KT_API_KEY": "kt_test_" + "X" * 38,
        "KT_API_BASE": script.base,
        "KT_LOG": "debug",
        "_KILLATAMATA_COMPLETE": "complete_fish",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_ARGS": line,
    }
    done = CliRunner().invoke(app, [], env=env, prog_name="killatamata")
    assert (done.stderr, done.exit_code) == ("", 0)
    return [line.partition("\t")[0] for line in done.stdout.splitlines() if line]


def test_tasks_and_their_fields_are_offered_and_asked_for_once() -> None:
    with serve_answers(TASKS) as script:
        assert complete(script, "killatamata run image.g") == ["image.generate"]
        assert complete(script, "killatamata run image.generate neg") == ["negativePrompt="]
        assert complete(script, "killatamata run image.generate outputFormat=w") == [
            "outputFormat=webp"
        ]
    assert len(script.requests) == 1


def test_a_failed_look_up_is_forgotten_after_a_few_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_answers(DOWN, TASKS) as script:
        assert complete(script, "killatamata run image.g") == []
        assert complete(script, "killatamata run image.g") == []
        assert len(script.requests) == 1
        now = time.time() + FAILURE_KEPT_SECONDS
        monkeypatch.setattr("killatamata.cli.completion.time.time", lambda: now)
        assert complete(script, "killatamata run image.g") == ["image.generate"]


def test_without_a_cache_that_can_be_written_the_answer_is_offered_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    with serve_answers(TASKS) as script:
        assert complete(script, "killatamata run image.g") == ["image.generate"]


def test_an_answer_that_trickles_in_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("killatamata.cli.completion.PATIENCE_SECONDS", 0.2)
    with serve_answers(Answer(200, b" " * 60, pause_seconds=0.05)) as script:
        began = time.monotonic()
        assert complete(script, "killatamata run image.g") == []
        assert time.monotonic() - began < 2


def test_completion_is_set_up_by_its_own_command_alone() -> None:
    told = CliRunner().invoke(app, ["--install-completion"])
    assert (told.exit_code, "No such option" in told.stderr) == (2, True)


def test_a_folder_that_cannot_be_listed_offers_nothing(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.write_text("a file")
    with serve_answers(TASKS) as script:
        for start in ("~nobody-of-this-name/", f"{closed}/", "/proc/1/fd/"):
            assert complete(script, f"killatamata run image.edit image@{start}") == []


@pytest.mark.parametrize(
    ("offered", "typed"),
    [
        ("image.generate", "image.generate"),
        ("a*.png", r"a\*.png"),
        ("x[1].png", r"x\[1\].png"),
        ("a?.png", r"a\?.png"),
        ("a!b", r"a\!b"),
        ("a b", r"a\ b"),
        ("~x", r"\~x"),
        ("~/a*b", r"~/a\*b"),
        ("~/plain", "~/plain"),
    ],
)
def test_bash_gets_a_name_as_it_must_be_typed(offered: str, typed: str, tmp_path: Path) -> None:
    command = tmp_path / "killatamata"
    command.write_text(f"#!/bin/sh\necho {shlex.quote(offered)}\n")
    command.chmod(0o700)
    line = "killatamata run x"
    code = f"{BASH}\nCOMP_LINE={shlex.quote(line)} COMP_POINT={len(line)}\n"
    code += f'_killatamata_completion {command}\nprintf "%s\\n" "${{COMPREPLY[@]}}"\n'
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{typed}\n"
