"""Terminal output: progress, pictures, and text made harmless."""

import io
import json
import sys
from pathlib import Path

import pytest

from killatamata import profiles
from killatamata.cli import stored_profiles, terminal
from killatamata.cli.print_options import compile_jq
from killatamata.cli.session import Session
from killatamata.types import Job
from tests.client.test_calls import JOB


class FakeTerminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_a_bar_with_stage_percent_and_price(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_terminal = FakeTerminal()
    monkeypatch.setattr(sys, "stderr", fake_terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    progress = {"percent": 40, "stage": "sampling", "step": 8, "steps": 20, "etaSeconds": 3}
    with terminal.JobProgress() as follow:
        follow(Job.model_validate(JOB | {"status": "running", "progress": progress}))
    drawn = fake_terminal.getvalue()
    for part in ("image.generate sampling", "40%", "$0.02 held", "3 s left"):
        assert part in drawn


def test_without_a_terminal_each_change_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.JobProgress() as follow:
        for _ in range(2):
            follow(Job.model_validate(JOB))
        follow(Job.model_validate(JOB | {"status": "running"}))
    assert capsys.readouterr().err == "job_1 queued\njob_1 running\n"


def test_a_picture_is_shown_where_the_terminal_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "fox.png"
    file.write_bytes(b"x" * 9000)
    seen = {}
    for variable, value in (("TERM_PROGRAM", "iTerm.app"), ("KITTY_WINDOW_ID", "1"), ("A", "")):
        with monkeypatch.context() as patched:
            for name in ("TERM_PROGRAM", "KITTY_WINDOW_ID"):
                patched.delenv(name, raising=False)
            patched.setenv(variable, value)
            fake_terminal = FakeTerminal()
            patched.setattr(sys, "stdout", fake_terminal)
            terminal.print_picture(file)
            seen[variable] = fake_terminal.getvalue()
    assert seen["TERM_PROGRAM"].startswith("\x1b]1337;File=inline=1")
    assert seen["KITTY_WINDOW_ID"].count("\x1b_G") == 3
    assert seen["A"] == ""


def test_words_of_others_bring_neither_markup_nor_control_characters() -> None:
    assert terminal.to_plain_text("[bold]a\x1b[31mb\x07") == "[bold]a[31mb"


def test_a_key_is_never_shown_whole() -> None:
    key = f"kt_test_{'a' * 38}"
    assert stored_profiles.mask_key(key) == "kt_test_aaaaaaaa…aaaa"
    assert stored_profiles.mask_key("kt_test_short") == "kt_test_…"


def test_a_document_cannot_move_the_cursor_and_a_pipe_gets_texts_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {"name": "\x1b[31mred\x9b2J"}
    by_jq = Session(jq=compile_jq(".name"))
    by_jq.print_document(document)
    assert capsys.readouterr().out == f"{document['name']}\n"
    fake_terminal = FakeTerminal()
    monkeypatch.setattr(sys, "stdout", fake_terminal)
    by_jq.print_document(document)
    Session(as_json=True).print_document(document)
    text, whole = fake_terminal.getvalue().splitlines()
    assert text == "[31mred2J"
    assert whole == r'{"name": "\u001b[31mred\u009b2J"}'
    assert json.loads(whole) == document


@pytest.mark.parametrize(
    "stored",
    [
        'profile = {a = {api_key = "k"}}',
        '[profile]\na = {api_key = "k"}',
        'profile.a.api_key = "k"',
    ],
)
def test_a_key_is_stored_in_whatever_form_the_settings_have(stored: str) -> None:
    file = profiles.get_config_path()
    file.parent.mkdir(parents=True)
    file.write_text(f"# mine\n{stored}\n")
    file.chmod(0o600)
    stored_profiles.store_profile("b", api_key="new", base_url="https://b.example")
    kept = profiles.load_config()["profile"]
    assert kept == {"a": {"api_key": "k"}, "b": {"api_key": "new", "base_url": "https://b.example"}}
    assert file.read_text().startswith("# mine\n")
