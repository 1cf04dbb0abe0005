"""Start of a process: whatever prevents it becomes one clear line on stderr."""

import logging
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from pydantic import BaseModel, SecretStr, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from gateway.configuration.secrets_file import SECRET_SETTINGS, parse_secret_pairs
from gateway.configuration.settings import Settings
from gateway.kit import faults
from gateway.kit.database.sessions import ConnectionLost, Database
from gateway.kit.database.sql import sql
from gateway.kit.wire.misspellings import find_nearest_name
from gateway.operator import load_settings

NOT_DURABLE_SETTINGS = sql(
    """
    SELECT name FROM pg_settings
    WHERE name IN ('fsync', 'synchronous_commit') AND setting = 'off' ORDER BY name
    """
)
# Settings of payment providers are found by their names, so a new provider is checked too.
WEBHOOK_SECRETS_SUFFIX = "_webhook_secrets"
STAND_IN_SETTINGS = [name for name in Settings.model_fields if name.endswith("_api_base")]
LIVE_KEY_SETTINGS = [
    name.replace(WEBHOOK_SECRETS_SUFFIX, "_key")
    for name in Settings.model_fields
    if name.startswith("live_") and name.endswith(WEBHOOK_SECRETS_SUFFIX)
]
FEWEST_DISTINCT_CHARACTERS = 8  # different ones; 32 random hexadecimal digits have 14
SETTING_PREFIX, FACILITATOR_PREFIX = "KT_", "KT_FACILITATOR_"
# Variables of other programs in the same environment, which are no misspelt settings.
FOREIGN_VARIABLES = (
    faults.SETTING,
    "KT_API_BASE",
    "KT_API_KEY",
    "KT_KEY_PROFILE",
    "KT_WEBHOOK_SECRET",
)
HEADER_NAME, HEADER_VALUE = re.compile(r"[A-Za-z0-9-]+"), re.compile(r"[\x21-\x7e][\x20-\x7e]*")
log = logging.getLogger("gateway")


class StartRefused(Exception):  # noqa: N818 - said of a start
    """The process cannot start; the message is one clear line."""


def run_process(work: Callable[[], None]) -> int:
    """Run the work of a process; return its exit code.

    The umask makes its files readable by its user only: databases, secrets, outputs.
    """
    os.umask(0o077)
    try:
        work()
    except (StartRefused, ValueError, OSError) as error:
        return _print_refusal(str(error))
    except ConnectionLost:
        return _print_refusal(
            "cannot reach the database: check KT_DATABASE_URL and that it is running"
        )
    except SQLAlchemyError as error:
        return _print_refusal(f"KT_DATABASE_URL: {getattr(error, 'orig', error)}")
    return 0


def _print_refusal(line: str) -> int:
    first, _, _ = line.partition("\n")
    sys.stderr.write(f"killatamata: {first}\n")
    return 1


@contextmanager
def open_listener(host: str, port: int) -> Iterator[socket.socket]:
    """Listen on an address for the block; port 0 takes any free port.

    Raises:
        StartRefused: the port is taken, or the address does not belong to this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only on sockets that name their protocol.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # A restart must not wait until the last connections leave TIME_WAIT.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise StartRefused(
            f"cannot listen on {host}:{port} ({error.strerror}): choose another --port"
        ) from None
    with listener:
        yield listener


def refusal_from_error(error: ValidationError, prefix: str) -> StartRefused:
    """Turn a validation error of settings into a refusal that names the first wrong one."""
    first = error.errors()[0]
    message = first["msg"].removeprefix("Value error, ")
    names = [f"{prefix}{str(part).upper()}" for part in first["loc"]]
    return StartRefused(": ".join([*names, message]))


def warn_of_unknown_settings(settings_class: type[BaseModel], prefix: str) -> None:
    """Warn of variables with the prefix of settings that name no setting: most are misspelt."""
    names = [name.upper() for name in settings_class.model_fields]
    others = (*FOREIGN_VARIABLES, *(() if prefix == FACILITATOR_PREFIX else (FACILITATOR_PREFIX,)))
    for variable in sorted(name.upper() for name in os.environ):  # pydantic ignores case too
        name = variable.removeprefix(prefix)
        if name in {variable, *names} or variable.startswith(others):
            continue
        near = find_nearest_name(name, names)
        meant = f"; did you mean {prefix}{near}?" if near else ""
        sys.stderr.write(f"killatamata: {variable} is not a setting{meant}\n")


def load_valid_settings() -> Settings:
    """Load the settings, and check that the data folder is writable.

    Raises:
        StartRefused: a setting or the data folder is wrong; the message names it.
    """
    warn_of_unknown_settings(Settings, SETTING_PREFIX)
    try:
        loaded = load_settings(None)
    except ValidationError as error:
        raise refusal_from_error(error, SETTING_PREFIX) from None
    except OSError as error:
        where = f"{error.filename} ({error.strerror})"
        raise StartRefused(f"cannot use {where}: choose another --data-dir") from None
    if not os.access(loaded.data_dir, os.W_OK):
        raise StartRefused(f"cannot write to {loaded.data_dir}: choose another --data-dir")
    if loaded.profile == "production":
        refuse_unsafe_settings(loaded)
        _refuse_test_tools(
            {faults.SETTING: os.environ.get(faults.SETTING, "")}
            | {f"KT_{name.upper()}": getattr(loaded, name) for name in STAND_IN_SETTINGS}
        )
    return loaded


def refuse_unsafe_settings(loaded: Settings) -> None:
    """Refuse a production that would leak secrets or lose money.

    Raises:
        StartRefused: a setting is unsafe; the message names it.
    """
    for name in ("public_url", "api_url", "files_url"):
        if getattr(loaded, name).startswith("http://"):
            raise StartRefused(f"KT_{name.upper()}: production needs an address with https://")
    for name in SECRET_SETTINGS:
        weak = (
            len(set(each)) < FEWEST_DISTINCT_CHARACTERS
            for each in parse_secret_pairs(getattr(loaded, name)).values()
        )
        if any(weak):
            raise StartRefused(
                f"KT_{name.upper()}: a secret is easy to guess; make one with openssl rand -hex 32"
            )
    for name in LIVE_KEY_SETTINGS:
        needed = name.replace("_key", WEBHOOK_SECRETS_SUFFIX)
        key: SecretStr = getattr(loaded, name)
        secrets: SecretStr = getattr(loaded, needed)
        if key.get_secret_value() and not secrets.get_secret_value():
            raise StartRefused(f"KT_{name.upper()} needs KT_{needed.upper()}")


@contextmanager
def send_telemetry(settings: Settings, role: str) -> Iterator[None]:
    """Send traces, metrics and logs to `KT_OTLP_ENDPOINT` for the block; without it do nothing.

    Raises:
        StartRefused: the extra `otel` is not installed, or the headers are not of their form.
    """
    if not settings.otlp_endpoint:
        yield
        return
    headers = parse_headers(settings.otlp_headers.get_secret_value())
    try:
        from gateway.kit.telemetry.otel import export_telemetry  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        raise StartRefused(
            "KT_OTLP_ENDPOINT needs the extra otel: pip install 'killatamata-server[otel]'"
        ) from None
    with export_telemetry(settings.otlp_endpoint, headers, settings.otlp_sampled_share, role):
        yield


def parse_headers(text: str) -> dict[str, str]:
    """Parse KT_OTLP_HEADERS.

    Raises:
        StartRefused: it is not of its form; the message does not repeat it.
    """
    headers: dict[str, str] = {}
    for pair in filter(None, (each.strip() for each in text.split(","))):
        name, equals, value = pair.partition("=")
        if not (equals and HEADER_NAME.fullmatch(name) and HEADER_VALUE.fullmatch(value)):
            raise StartRefused("KT_OTLP_HEADERS: must be name=value, comma separated")
        headers[name] = value
    return headers


async def require_durability(database: Database, profile: str) -> None:
    """Check that PostgreSQL keeps what it has committed, even if its machine crashes.

    Raises:
        StartRefused: production may lose committed data; other profiles only log a warning.
    """
    if not database.is_postgres:
        return  # SQLite is opened by us, with synchronous=FULL
    async with database.read() as snapshot:
        names = " and ".join(row[0] for row in await snapshot.read(NOT_DURABLE_SETTINGS))
    if not names:
        return
    if profile == "production":
        raise StartRefused(f"production does not start while PostgreSQL has {names} off")
    log.warning("PostgreSQL has %s off: a crash may lose money that was promised", names)


def _refuse_test_tools(test_settings: Mapping[str, str]) -> None:
    """Refuse settings that are made for tests.

    Raises:
        StartRefused: one of them is set; the message names it.
    """
    for name, value in test_settings.items():
        if value:
            raise StartRefused(f"production does not start with {name}")
