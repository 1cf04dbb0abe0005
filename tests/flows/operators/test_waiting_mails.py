"""A mail that waits, as an operator retries it by command."""

from pathlib import Path

from gateway.kit.clock import HOUR
from tests.admin_commands import REASON_OPTION, run_admin, run_admin_json
from tests.fakes.smtp import run_inbox
from tests.gateway import serve_gateway
from tests.waiting import wait_for_condition

IS_DUE = "nothing to do: it is due and waits for a gateway to send it\n"


def test_a_mail_that_waits_is_never_called_done(tmp_path: Path) -> None:
    with run_inbox() as box, serve_gateway(tmp_path / "data", KT_SMTP_URL=box.url) as gateway:
        box.refusal = "451 later"
        with gateway.client() as http:
            asked = http.post("/api/v1/auth/email/start", json={"email": "ana@example.com"})
        assert asked.status_code == 202
        wait_for_condition(
            lambda: (
                [mail["tries"] > 0 for mail in run_admin_json(gateway, "outbox", "list")] == [True]
            )
        )
        gateway.stop()  # else it would send the mail between the commands
        gateway.age_rows("mail_outbox", -HOUR, column="due_at")  # not due before they end
        ((mail_id),) = [mail["id"] for mail in run_admin_json(gateway, "outbox", "list")]
        replay = ("outbox", "replay", mail_id, *REASON_OPTION)
        rehearsed = run_admin(gateway, *replay, "--dry-run").stdout
        assert rehearsed.startswith("dry run: nothing was written\n")
        assert "nothing to do" not in rehearsed
        assert run_admin_json(gateway, *replay)["changed"] is True
        assert (
            f"dry run: nothing was written\n{IS_DUE}"
            in run_admin(gateway, *replay, "--dry-run").stdout
        )
        again = run_admin_json(gateway, *replay)
        assert (again["changed"], again["because"]) == (
            False,
            "it is due and waits for a gateway to send it",
        )
