"""Files that are generated from the code; `python -m gateway.docs` writes them."""

import inspect
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from agent_skill.render import NAME, build_canonical_settings, render_skill
from gateway import catalogue
from gateway.configuration.settings import Settings
from gateway.facilitator.settings import FacilitatorSettings
from gateway.kit.errors import list_declared_problems, read_default_detail
from gateway.media.jobs.job_errors import JOB_ERROR_TEXTS
from gateway.openapi import build_openapi
from wellknown.registry import render_registry_entry

ROOT = Path(__file__).parents[1]
WRITTEN_BY = "<!-- Written by `python -m gateway.docs`; edit the code it reads instead. -->"
CONFIGURATION_HEAD = f"""\
{WRITTEN_BY}

# Configuration

Every setting is an environment variable, read once at start-up; an invalid value stops the start
with one line that names it. The command-line options `--host`, `--port` and `--data-dir` win over
the environment.

"""
SECRETS_TEXT = """
Three secrets are the gateway's own: `KT_KEY_PEPPERS`, `KT_SIGNING_KEYS` and
`KT_REQUEST_STATE_KEYS`. In the `embedded` profile a missing one is generated at the first start
and kept in `secrets.json` in the data folder, readable only by its owner; back it up with the
database. The `production` profile generates none: it refuses to start and names what is missing or
has fewer than 32 characters. All three take several values, newest first; the older ones still
verify old keys and URLs, so a secret is rotated by putting a new one first, once every process
[knows it](production.md#rotating-secrets). Keep an old pepper as long as a key made with it is in
use, and a card that an affiliate paid with under it shall be known again; an old signing key for 30
days, as long as a followed referral link counts, and as long as webhook secrets are derived from
it: until every account has rotated its own, or you accept that it gets a new one.

S3 credentials come from the usual AWS variables: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
`AWS_SESSION_TOKEN` and `AWS_REGION`.
"""
FACILITATOR_HEAD = """
## The facilitator

`killatamata facilitator` is a [separate process](payments.md#a-facilitator-of-your-own) with its
own settings; the gateway reads none of them.

"""
ERRORS_HEAD = f"""\
{WRITTEN_BY}

# Errors

Every refusal is `application/problem+json` (RFC 9457). Programs read `code`; people read `detail`;
both do what `hint` says. `requestId` names the request in the log and is also the header
`X-Request-Id`. `field`, or a list in `errors`, says where; `example` is a small document that is
valid where one was refused. A refusal holds and charges nothing.

"Retry" means that the same request, with the same idempotency key, may succeed later; wait for the
seconds in `Retry-After` if it is given. Everything else needs a change first. Codes never change
their meaning; a few are reserved and not used yet.

"""
JOB_ERRORS_HEAD = """
## How a job can fail

A job that was accepted and then failed is not a refusal: reading it answers `200`, its `status` is
`failed`, its `error` has one of these codes, and nothing was charged.

"""


def render_configuration() -> str:
    """Render the page of all settings."""
    return (
        CONFIGURATION_HEAD
        + render_settings_table(Settings)
        + SECRETS_TEXT
        + FACILITATOR_HEAD
        + render_settings_table(FacilitatorSettings)
    )


def render_settings_table(settings_class: type[BaseSettings]) -> str:
    """Render the table of a class of settings."""
    prefix = settings_class.model_config.get("env_prefix", "")
    rows = (
        (
            f"`{prefix}{name.upper()}`",
            describe_values(field),
            render_default(field),
            field.description or "",
        )
        for name, field in order_fields(settings_class)
    )
    return render_table(("setting", "value", "default", "meaning"), rows)


def order_fields(settings_class: type[BaseSettings]) -> list[tuple[str, FieldInfo]]:
    """Return the settings of a class, its own before the inherited ones."""
    own_names = inspect.get_annotations(settings_class)
    return sorted(settings_class.model_fields.items(), key=lambda item: item[0] not in own_names)


def describe_values(field: FieldInfo) -> str:
    """Describe the values of a setting in words."""
    annotation = field.annotation
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    kinds = [each for each in get_args(annotation) or (annotation,) if each is not type(None)]
    names: dict[Any, str] = {
        Path: "path",
        SecretStr: "secret",
        str: "text",
        int: "integer",
        float: "number",
        bool: "`true`, `false`",
    }
    words = " or ".join(names.get(each, str(each)) for each in kinds)
    lowest = [str(limit.ge) for limit in field.metadata if hasattr(limit, "ge")]
    highest = [str(limit.le) for limit in field.metadata if hasattr(limit, "le")]
    if lowest and highest:
        return f"{words}, {lowest[0]} to {highest[0]}"
    return f"{words}, at least {lowest[0]}" if lowest else words


def render_default(field: FieldInfo) -> str:
    """Render a default as it would be written in the environment."""
    value = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None or value == "" or "(default:" in (field.description or ""):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def render_errors() -> str:
    """Render the page of all errors: refusals of requests, failures of jobs."""
    catalogue.list_operations()  # imports every slice, and so declares its errors
    rows = (
        (
            str(each.status),
            f"`{each.code}`",
            read_default_detail(each),
            each.hint,
            render_retry_mark(each.retryable),
        )
        for each in list_declared_problems()
    )
    failures = (
        (f"`{code}`", message, hint, render_retry_mark(again))
        for code, (message, hint, again) in JOB_ERROR_TEXTS.items()
    )
    return (
        ERRORS_HEAD
        + render_table(("status", "code", "meaning", "what to do", "retry"), rows)
        + JOB_ERRORS_HEAD
        + render_table(("code", "meaning", "what to do", "a new job may succeed"), failures)
    )


def render_retry_mark(is_retryable: bool) -> str:  # noqa: FBT001 - a cell of a table
    """Render the mark of a request that may be sent again."""
    return "yes" if is_retryable else ""


def render_table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Render a Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    cells = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


PAGE_RENDERERS: Mapping[str, Callable[[], str]] = {
    "docs/configuration.md": render_configuration,
    "docs/errors.md": render_errors,
}


def render_files() -> dict[str, bytes]:
    """Render every generated file, by its path in the checkout."""
    operations, settings = catalogue.list_operations(), build_canonical_settings()
    document = json.dumps(build_openapi(settings, operations), ensure_ascii=False, indent=1)
    files = {name: page().encode() for name, page in PAGE_RENDERERS.items()}
    files |= {
        "docs/openapi.json": f"{document}\n".encode(),
        "server.json": render_registry_entry(settings),
    }
    skill = render_skill(settings, operations)
    return files | {f"agent_skill/{NAME}/{path}": data for path, data in skill.items()}


def main() -> None:
    """Write the generated files into the checkout."""
    for name, data in render_files().items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_bytes(data)
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
