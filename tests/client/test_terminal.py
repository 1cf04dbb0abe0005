"""Terminal output: progress, pictures, and text made harmless."""

import io
import sys
from pathlib import Path

import pytest

from killatamata.cli import stored_profiles, terminal
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
    assert terminal.to_plain_text("[bold]a\x1b[31mb\x07").plain == "[bold]a[31mb"


def test_a_key_is_never_shown_whole() -> None:
    key = f"kt_test_{'a' * 38}"
    assert stored_profiles.mask_key(key) == "kt_test_aaaaaaaa…aaaa"
    assert stored_profiles.mask_key("kt_test_short") == "kt_test_…"
