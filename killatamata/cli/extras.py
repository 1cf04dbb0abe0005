"""Other commands: raw calls, a check-up, completion."""

import os
import platform
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, TypedDict

import typer
from typer.completion import get_completion_script  # type: ignore[attr-defined]  # re-exported

from killatamata import profiles
from killatamata.cli import completion_scripts, fields, stored_profiles
from killatamata.cli.session import EXIT_ERROR, Session, command, exit_with_message
from killatamata.cli.versions import Fit, describe_versions
from killatamata.errors import KillaTamataError, StatusError
from killatamata.types import Health

app = typer.Typer()
OWN_SCRIPTS = {"bash": completion_scripts.BASH, "zsh": completion_scripts.ZSH}
SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")


@command(
    app,
    "api",
    example="killatamata api GET /api/v1/balance --jq .balanceUsd",
    speaks_wire=True,
)
def call_api(
    session: Session,
    method: Annotated[str, typer.Argument(help="GET, POST, …")],
    path: Annotated[str, typer.Argument(help="Such as /api/v1/balance.")],
    data: Annotated[
        str | None, typer.Option("--data", "-d", help="JSON; @FILE, or - for stdin.")
    ] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(help="Idempotency key: one key, one effect.")
    ] = None,
) -> None:
    """Call any API operation; the raw answer is printed."""
    if not path.startswith("/"):
        exit_with_message("A path must begin with /; the key is sent nowhere else.")
    body = None
    if data is not None:
        source = data.removeprefix("@")
        body = (
            fields.read_json_object(source)
            if data[:1] in {"@", "-"}
            else fields.parse_json(data, "--data")
        )
    answer = session.client.request(
        method.upper(), path, json=body, idempotency_key=idempotency_key
    )
    if session.jq is not None:
        session.print_document(fields.parse_json(answer.text, path))
        return
    sys.stdout.buffer.write(answer.content)
    if answer.content and sys.stdout.isatty():
        print()


@command(app, "doctor", example="killatamata doctor --json")
def run_doctor(session: Session) -> None:
    """Check the configuration, the gateway and the key, and suggest fixes."""
    checks = [*_run_checks(session)]
    all_ok = all(each["ok"] for each in checks)
    rows = ((each["mark"], each["check"], each["told"]) for each in checks)
    wrong = (each["check"] for each in checks if not each["ok"])
    session.print_rows({"ok": all_ok, "checks": checks}, ("", "check", "found"), rows, ids=wrong)
    if not all_ok:
        raise typer.Exit(EXIT_ERROR)


class DoctorCheck(TypedDict):
    """A check of the check-up; its keys are those of `--json`."""

    check: str
    ok: bool
    mark: str
    told: str


def _run_checks(session: Session) -> Iterator[DoctorCheck]:
    """Yield the checks in turn; the first failure that makes the rest pointless ends them."""
    versions = f"killatamata {version('killatamata')}, Python {platform.python_version()}"
    yield _build_check("client", versions)
    try:
        key, base = profiles.require_credentials(session.api_key, session.base_url, session.profile)
    except KillaTamataError as error:
        yield _build_check("configuration", str(error), ok=False)
        return
    file = profiles.get_config_path()
    yield _build_check("configuration", str(file) if file.exists() else f"{file} is not there")
    try:
        began = time.monotonic()
        answer = session.client.request("GET", "/api/v1/health")
        health = Health.model_validate_json(answer.content)
        milliseconds = round(1000 * (time.monotonic() - began))
        words = f"{base} is {health.status}, {health.version}, in {milliseconds} ms"
        yield _build_check("gateway", words, ok=health.status == "ok")
        told, fit = describe_versions(session.client, health.version)
        yield _build_check("versions", told, ok=fit is not Fit.OTHER_MAJOR, mark=fit.value)
    except KillaTamataError as error:
        yield _build_check("gateway", str(error), ok=False)
        return
    if key is None:
        yield _build_check("key", "none: run killatamata login", ok=False)
        return
    try:
        balance = session.client.balance()
        mode = "live" if balance.livemode else "test"
        yield _build_check("key", f"{stored_profiles.mask_key(key)}, {mode} mode")
        yield _build_check(
            "credit", f"${balance.available_usd} available", ok=not balance.low_balance
        )
    except StatusError as error:
        yield _build_check("key", str(error), ok=False)


def _build_check(check: str, told: str, *, ok: bool = True, mark: str = "") -> DoctorCheck:
    return {"check": check, "ok": ok, "mark": mark or ("ok" if ok else "NO"), "told": told}


@app.command("completion")
def print_completion(
    shell: Annotated[str, typer.Argument(help=", ".join(SHELLS))] = "",
) -> None:
    """Print a shell completion script; source it in your shell."""
    wanted = shell or Path(os.environ.get("SHELL", "bash")).name
    if wanted not in SHELLS:
        exit_with_message(f"{wanted}: one of {', '.join(SHELLS)}")
    if wanted in OWN_SCRIPTS:
        print(OWN_SCRIPTS[wanted], end="")
        return
    print(
        get_completion_script(
            prog_name="killatamata", complete_var="_KILLATAMATA_COMPLETE", shell=wanted
        )
    )
