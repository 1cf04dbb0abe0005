"""What the command reads and prints: stdin, ids alone, jq, long lists, words of its own."""

import json

import pytest
from PIL import Image

from killatamata import profiles
from tests.flows.clients.shell import SMALL, Shell
from tests.flows.clients.shell import shell as shell
from tests.gateway import draw_picture


def test_media_and_texts_come_from_stdin(shell: Shell) -> None:
    picture = draw_picture(256, 256)
    words = ("run", "image.edit", "prompt=at night", "image@-", "-o", "night.png", "-q")
    assert shell(*words, stdin=picture).stdout == "night.png\n"
    shell("edit", "-", "make it night", "-o", "edited.png", stdin=picture)
    shell("upscale", "-", "scale=2", "-o", "large.png", stdin=picture)
    with Image.open("large.png") as large:
        assert large.size == (512, 512)
    asset = shell("assets", "upload", "-", "--name", "tower.png", stdin=picture).stdout.strip()
    assert asset.startswith("ast_")
    text = shell("quote", "image.generate", "prompt@-", *SMALL, "--json", stdin="a fox")
    assert json.loads(text.stdout)["totalUsd"] == "0.02"
    assert "nothing in it" in shell("edit", "-", "at night", code=2, stdin="").stderr
    twice = ("run", "image.edit", "prompt@-", "image@-")
    assert "only once" in shell(*twice, code=2, stdin="a fox").stderr
    assert "no file" in shell("assets", "upload", "nowhere.png", code=2).stderr


def test_quiet_prints_ids_or_paths_and_nothing_else(shell: Shell) -> None:
    made = shell("generate", "a fox", *SMALL, "count=2", "-o", "fox.png", "--quiet")
    assert (made.stdout, made.stderr) == ("fox.png\nfox-2.png\n", "")
    job = shell("jobs", "list", "-q").stdout.strip()
    assert job.startswith("job_")
    assert "\n" not in job
    assert shell("outputs", "list", "-q").stdout.split() == [f"{job}/0", f"{job}/1"]
    assert shell("outputs", "star", job, "-q").stdout == f"{job}/0\n"
    assert shell("keys", "create", "agent", "-q").stdout.startswith("kt_test_")
    ids = shell("keys", "list", "-q").stdout.split()
    assert {each[:4] for each in ids} == {"key_"}
    assert shell("balance", "-q").stdout == "$4.96\n"
    assert shell("doctor", "-q").stdout == ""


def test_jq_filters_the_document_and_is_checked_before_anything_is_bought(shell: Shell) -> None:
    words = ("generate", "a fox", *SMALL, "-o", "fox.png")
    assert "not a valid jq program" in shell(*words, "--jq", ".[", code=2).stderr.replace("\n", " ")
    assert shell.run_for_json("jobs", "list") == []
    assert shell(*words, "--jq", ".outputs[0].mimeType, .files").stdout == (
        'image/png\n["fox.png"]\n'
    )
    path = ("/api/v1/balance", "--jq", ".availableUsd, (.frozenReasons | length)")
    assert shell("api", "GET", *path).stdout == "4.98\n0\n"
    wrong = shell("balance", "--jq", ".key.keyId.x", code=1)
    assert "Cannot index" in wrong.stderr
    assert json.loads(wrong.stdout)["availableUsd"] == "4.98"  # whole, for what is shown only once
    refused = shell("jobs", "get", f"job_{'0' * 26}", "--jq", ".id", code=1)
    assert (refused.stdout, "does not exist" in refused.stderr) == ("", True)


def test_a_long_list_is_cut_with_a_word_about_it_or_shown_whole(shell: Shell) -> None:
    for label in ("one", "two", "three"):
        shell("keys", "create", label)
    cut = shell("keys", "list", "--limit", "2", "-q")
    assert (len(cut.stdout.split()), cut.stderr) == (2, "")
    said = shell("keys", "list", "--limit", "2")
    assert "2 are shown, there are more: --limit N, or --all." in said.stderr
    assert len(shell.run_for_json("keys", "list", "--all")) == 4
    assert "--all" not in shell("keys", "list", "--limit", "4").stderr
    for command in ("jobs", "outputs", "shares", "plans", "purchases"):
        assert shell.run_for_json(command, "list", "--all") == []


def test_a_refusal_speaks_the_words_of_the_command(shell: Shell) -> None:
    said = shell("run", "image.generate", "prompt=a fox", *SMALL, "--max-price", "0.01", code=4)
    assert "Raise --max-price to at least $0.02" in said.stderr
    assert "maxPriceUsd" not in said.stderr
    many = shell("run", "image.generate", "prompt=", "width=9", "seeed=1", code=1).stderr
    assert "width must be at least 256. The nearest valid value is 256." in many
    assert "seeed is not a known field. Did you mean seed?" in many
    assert "Sign in: killatamata login" in shell("balance", "--api-key", "kt_x", code=3).stderr
    key = shell("keys", "create", "agent", "--scope", "account:read", "-q").stdout.strip()
    said = shell("run", "image.generate", "prompt=a fox", "--api-key", key, code=3)
    assert "Use a key with the scope media." in said.stderr
    raw = shell("api", "POST", "/api/v1/media/jobs", "-d", '{"task": "image.generate"}', code=1)
    assert "input" in raw.stderr


def test_comments_of_the_settings_survive_signing_in_and_out(shell: Shell) -> None:
    file = profiles.get_config_path()
    file.parent.mkdir(parents=True)
    kept = '# mine\nconfirm_above_usd = 5  # dollars\n\n[profile.work]\napi_key = "k"  # of Ann\n'
    file.write_text(kept)
    file.chmod(0o600)
    key, shell.key = shell.account.key, None
    shell("login", "--with-key", "-", stdin=key)
    assert file.read_text().startswith(kept)
    assert profiles.load_profile().api_key == key
    shell("logout")
    assert file.read_text().rstrip() == kept.rstrip()


@pytest.mark.parametrize("words", [("run", "--help"), ("keys", "update", "--help")])
def test_help_ends_with_an_example(shell: Shell, words: tuple[str, ...]) -> None:
    assert "Example:" in shell(*words).stdout
