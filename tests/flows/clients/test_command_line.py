"""The command line: a newcomer's walk, and each way it can end."""

import io
import json
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import httpx2
import pytest
from PIL import Image
from standardwebhooks import Webhook

from killatamata import profiles
from killatamata.cli.terminal import JobProgress
from tests.flows.clients.shell import SMALL, Shell
from tests.flows.clients.shell import shell as shell
from tests.gateway import Gateway


@pytest.mark.promise("client: newcomer")
def test_a_newcomer_signs_in_by_a_browser_and_makes_a_picture(
    shell: Shell, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.key = None

    def approve(url: str) -> bool:
        code = url.rpartition("=")[2]
        with gateway.browser(shell.account.account_id) as browser:
            answer = browser.post("/api/v1/device/link/approve", json={"userCode": code})
        return answer.is_success

    monkeypatch.setattr("killatamata.cli.account.can_ask", lambda: True)
    monkeypatch.setattr("webbrowser.open", approve)
    said = shell("login", "--mode", "test")
    assert "Compare" in said.stderr
    assert "Signed in" in said.stdout
    kept = profiles.load_profile().api_key
    assert kept is not None
    assert kept not in said.output
    assert profiles.get_config_path().stat().st_mode & 0o777 == 0o600
    made = shell("generate", "a lighthouse", *SMALL, "-o", "lighthouse.png")
    assert made.stdout == "lighthouse.png\n"
    assert "$0.02" in made.stderr
    with Image.open("lighthouse.png") as picture:
        assert picture.size == (256, 256)
    assert shell.run_for_json("balance")["availableUsd"] == "4.98"
    assert "media" in shell.run_for_json("whoami")["key"]["scopes"]
    shell("logout", "--revoke")
    shell("balance", code=3)


def test_a_key_on_stdin_is_checked_kept_and_never_shown(shell: Shell) -> None:
    key, shell.key = shell.account.key, None
    said = shell("login", "--with-key", "-", stdin=f"{key}\n")
    assert key not in said.output
    assert f"{key[:16]}…{key[-4:]}" in said.stdout
    assert shell.run_for_json("whoami")["apiKey"] == f"{key[:16]}…{key[-4:]}"
    wrong = shell("login", "--with-key", key, code=2)
    assert key not in wrong.output
    shell("login", "--with-key", "-", "--profile", "bad", stdin="kt_test_x\n", code=3)
    assert "bad" not in profiles.get_config_path().read_text()
    profiles.get_config_path().chmod(0o640)
    assert "chmod 600" in shell("balance", code=1).stderr


def test_fields_are_typed_by_the_task_and_the_price_comes_first(shell: Shell) -> None:
    words = ("run", "image.generate", "prompt=a fox", "width=250", "height=256", "count=2")
    said = shell(*words, "highDetail=no", "-o", "fox.png", code=1)
    assert "width" in said.stderr
    said = shell(*words[:3], "width=266", "height=256", "count=2", "--dry-run")
    assert (said.stdout, "becomes 272" in said.stderr) == ("$0.04\n", True)
    Path("input.json").write_text('{"prompt": "a fox", "width": 256, "height": 256}')
    done = shell.run_for_json(
        "run", "image.generate", "--input", "input.json", "count:=2", "-o", "fox.png"
    )
    assert (done["status"], done["files"]) == ("succeeded", ["fox.png", "fox-2.png"])
    edited = shell("edit", "fox.png", "make it night", "-o", "-")
    with Image.open(io.BytesIO(edited.stdout_bytes)) as picture:
        assert picture.size == (256, 256)
    job = shell.run_for_json("upscale", done["id"], "scale=2", "-o", "large/")
    assert Path(job["files"][0]).parent == Path("large")
    assert job["outputs"][0]["width"] == 512
    asset = shell("assets", "upload", "fox.png").stdout.strip()
    more = shell.run_for_json(
        "run", "image.edit", "prompt=x", f"imageUrl=asset://{asset}", "--dry-run"
    )
    assert more["priceUsd"] == "0.03"
    shell("quote", "image.edit", "prompt=x", "images@fox.png", "images@fox-2.png")


@pytest.mark.promise("client: exit-codes")
def test_each_exit_code_is_that_of_what_happened(
    shell: Shell, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell("balance", code=0)
    shell("balance", "--base-url", "http://127.0.0.1:9", code=1)
    shell("jobs", "get", f"job_{'0' * 26}", code=1)
    shell("run", "image.generate", "prompt", code=2)
    shell("run", code=2)
    shell("balance", "--api-key", "kt_test_wrong", code=3)
    failed = shell.run_for_json("run", "image.generate", "prompt=[sandbox:reject]", *SMALL, code=5)
    assert failed["error"]["job"]["status"] == "failed"
    slow = ("run", "image.generate", "prompt=[sandbox:slow=60]", *SMALL)
    running = shell.run_for_json(*slow, "--timeout", "0.1", code=6)
    job_id = running["error"]["job"]["id"]
    waited = shell("jobs", "wait", job_id, "--timeout", "0.1", code=6)
    assert f"killatamata jobs wait {job_id}" in waited.stderr
    shell("jobs", "cancel", job_id)
    large = ("width=2560", "height=1472", "durationFrames=481")
    dear = ("run", "video.generate", "prompt=a fox", *large)
    assert "--max-price" in shell(*dear, code=7).stderr
    shell(*dear, "--max-price", "0.50", code=4)
    assert "0.50" in shell(*dear, "--max-price", "abc", code=2).stderr

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(JobProgress, "__call__", interrupt)
    said = shell(*slow, code=130)
    (job,) = shell.account.http.get("/api/v1/media/jobs", params={"limit": 1}).json()["data"]
    assert f"killatamata jobs wait {job['id']}" in said.stderr
    assert job["status"] in {"queued", "running"}
    shell("jobs", "cancel", job["id"])
    with gateway.account("0.01") as poor:
        shell.key = poor.key
        refused = shell("run", "image.generate", "prompt=a fox", *SMALL, code=4)
    assert "/credits" in refused.stderr
    assert "It costs $0.02, and $0.01 is available." in refused.stderr


def test_a_plan_that_a_person_must_approve_is_exit_code_7(shell: Shell) -> None:
    asked = {"spendPolicy": {"autoApproveUsd": "0", "confirmUpToUsd": "0"}, "label": "agent"}
    careful = shell.account.http.post("/api/v1/keys", json=asked).json()["apiKey"]
    steps = [{"operation": "image.generate", "input": {"prompt": "a fox"}}]
    body = json.dumps({"steps": steps})
    prepared = shell("api", "POST", "/api/v1/studio/agent/approval-plans/prepare", "-d", body)
    plan = json.loads(prepared.stdout)["planId"]
    assert "$0.02" in shell("plans", "show", plan).stdout
    shell("plans", "execute", plan, code=7)
    shell("plans", "execute", plan, "--yes", "--api-key", careful, code=7)
    assert shell.run_for_json("plans", "execute", plan, "--yes")["outcome"] == "succeeded"
    assert [each["planId"] for each in shell.run_for_json("plans", "list")] == [plan]


def test_json_is_one_document_and_a_watch_is_one_a_line(shell: Shell) -> None:
    job = shell("run", "image.generate", "prompt=a fox", *SMALL, "--no-wait").stdout.strip()
    lines = shell("jobs", "watch", job, "--json").stdout.splitlines()
    assert json.loads(lines[-1])["type"] == "done"
    assert "image/png" in shell("jobs", "download", job, "-o", "fox.jpg").stderr
    saved = shell("jobs", "download", job, "-o", "fox.png")
    assert "image/png" not in saved.stderr
    told = shell("tasks", "image.generate").stdout
    assert "png, jpeg, webp" in told
    assert "integer 256 to 2048" in told
    assert "False" not in told
    assert (saved.stdout, Path("fox.png").exists()) == ("fox.png\n", True)
    assert shell("jobs", "wait", job).stdout.startswith("http://127.0.0.1")
    for words in (
        ("balance",),
        ("packages",),
        ("usage", "--by", "task"),
        ("tasks",),
        ("tasks", "image.generate"),
        ("keys", "list"),
        ("jobs", "list"),
        ("jobs", "get", job),
        ("projects", "list"),
        ("plans", "list"),
        ("doctor",),
        ("mcp", "install"),
    ):
        assert shell.run_for_json(*words) is not None, words
        assert shell(*words).output, words
    shell.key = "kt_test_wrong"
    assert shell.run_for_json("balance", code=3)["error"]["code"] == "unauthorized"


def test_keys_are_made_limited_rotated_and_revoked(shell: Shell) -> None:
    made = shell("keys", "create", "agent", "--scope", "media", "--daily-limit", "1.50")
    key = made.stdout.strip()
    assert key.startswith("kt_test_")
    small = shell("keys", "create", "small", "--daily-limit", "0.01").stdout.strip()
    words = ("run", "image.generate", "prompt=a fox", *SMALL, "--api-key", small)
    assert "Of the cap of $0.01 $0.01 is left, until " in shell(*words, code=4).stderr
    fresh = shell("keys", "rotate", key[:16]).stdout.strip()
    assert fresh != key
    shell("keys", "revoke", fresh[8:16])
    states = {each["label"]: each["revokedAt"] for each in shell.run_for_json("keys", "list")}
    assert states["agent"]


def test_a_storyboard_goes_in_and_comes_out(shell: Shell) -> None:
    project = shell("projects", "create", "Fox").stdout.strip()
    Path("board.md").write_text(
        '---\nkillatamata: storyboard/1\ntitle: "The hatch"\n---\n\n## Scene s1\n'
    )
    board = shell("storyboards", "import", "board.md", "--project", project).stdout.strip()
    assert 'title: "The hatch"' in shell("storyboards", "export", board).stdout
    assert board in [each["assetId"] for each in shell.run_for_json("assets", "list", project)]
    Path("odd.md").write_text("---\nodd\n")
    said = shell("storyboards", "import", "odd.md", "--project", project, code=1).stderr
    _, fence, text = said.partition("---\n")
    Path("odd.md").write_text(f"{fence}{text}".rpartition("request ")[0])
    shell("storyboards", "import", "odd.md", "--project", project)


def test_a_webhook_is_verified_against_the_secret_of_the_account(shell: Shell) -> None:
    secret = shell.account.http.get("/api/v1/media/webhooks").json()["secret"]
    body = '{"type": "test.ping", "timestamp": "2026-11-25T09:10:00Z", "data": {}}'
    now = datetime.now(UTC)
    signature = Webhook(secret).sign("whd_1", now, body)
    words = ("webhooks", "verify", "--id", "whd_1", "--timestamp", str(int(now.timestamp())))
    said = shell(*words, "--signature", signature, stdin=body)
    assert "test.ping" in said.stdout
    shell(*words, "--signature", signature, stdin=f"{body} ", code=1)


def test_what_a_user_is_told_without_a_gateway(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "_KILLATAMATA_COMPLETE" in shell("completion", "bash").stdout
    shell("completion", "tcsh", code=2)
    assert "HOST:PORT" in shell("mcp", "--http", "foo", code=2).stderr
    assert "nothing to forget" in shell("logout").stdout
    assert shell("--version").stdout.strip() == version("killatamata")
    shell.key = None
    doctor = shell.run_for_json("doctor", code=1)
    assert doctor["checks"][1]["told"].endswith("config.toml is not there")
    assert doctor["checks"][-1]["told"] == "none: run killatamata login"
    shell("api", "GET", "http://elsewhere.example/", code=2)
    shell.base = ""
    assert "killatamata login --base-url" in shell("balance", code=1).stderr
    assert "login --base-url" in shell.run_for_json("doctor", code=1)["checks"][-1]["told"]


def test_a_result_is_shared_by_a_link_until_it_is_revoked(shell: Shell) -> None:
    shell("generate", "a fox", *SMALL, "-o", "fox.png")
    (found,) = shell.run_for_json("outputs", "list")
    link = shell("shares", "create", found["jobId"], "--show", "prompt,cost").stdout.strip()
    assert "a fox" in httpx2.get(link, headers={"accept": "text/html"}).text
    (share,) = shell.run_for_json("shares", "list", "--active")
    assert share["url"] == link
    share_id = share["shareId"]
    (changed,) = shell.run_for_json("shares", "update", share_id, "--show", "cost", "--no-remix")
    assert (changed["show"]["prompt"], changed["show"]["cost"]) == (False, True)
    assert not changed["remix"]
    assert share_id in shell("shares", "list").stdout
    assert shell("shares", "revoke", share_id).stdout == f"{share_id} revoked\n"
    assert httpx2.get(link).status_code == 404
    shell("shares", "create", found["jobId"], "--show", "everything", code=2)


def test_results_are_searched_starred_named_deleted_and_restored(shell: Shell) -> None:
    shell("generate", "a Fox astronaut", *SMALL, "-o", "fox.png")
    (found,) = shell.run_for_json("outputs", "list", "FOX")
    ref = f"{found['jobId']}/{found['outputIndex']}"
    assert shell.run_for_json("outputs", "star", ref)[0]["starred"]
    assert shell.run_for_json("outputs", "rename", ref, "Reineke")[0]["name"] == "Reineke"
    assert "Reineke" in shell("outputs", "list", "reineke", "--starred").stdout
    assert shell("outputs", "delete", ref).stdout == f"{ref} deleted\n"
    assert shell.run_for_json("outputs", "list") == []
    assert shell("outputs", "restore", found["jobId"]).stdout == f"{ref} available\n"
    assert not shell.run_for_json("outputs", "star", ref, "--off")[0]["starred"]
    shell("outputs", "star", f"{ref}x", code=2)
