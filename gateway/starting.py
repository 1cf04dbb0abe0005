"""Start of a process: whatever prevents it becomes one clear line on stderr."""

import logging
import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from pydantic import BaseModel, SecretStr, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from gateway.kit import faults
from gateway.kit.database import ConnectionLost, Database
from gateway.kit.names import find_nearest_name
from gateway.kit.sql import sql
from gateway.operator import load_settings
from gateway.secrets_file import SECRETS, pairs
from gateway.settings import Settings

NOT_DURABLE = sql(
    """
    SELECT name FROM pg_settings
    WHERE name IN ('fsync', 'synchronous_commit') AND setting = 'off' ORDER BY name
    """
)
# Settings of payment providers are found by their names, so a new provider is checked too.
SIGNED = "_webhook_secrets"
STAND_INS = [name for name in Settings.model_fields if name.endswith("_api_base")]
LIVE_KEYS = [
    name.replace(SIGNED, "_key")
    for name in Settings.model_fields
    if name.startswith("live_") and name.endswith(SIGNED)
]
FEWEST_CHARACTERS = 8  # different ones; 32 random hexadecimal digits have 14
PREFIX, FACILITATOR = "KT_", "KT_FACILITATOR_"
# Variables of other programs in the same environment, which are no misspelt settings.
OTHERS = (faults.SETTING, "KT_API_BASE", "KT_API_KEY", "KT_KEY_PROFILE", "KT_WEBHOOK_SECRET")
log = logging.getLogger("gateway")


class Refused(Exception):  # noqa: N818 - said of a start
    """The process cannot start; the message is one clear line."""


def run(work: Callable[[], None]) -> int:
    """Run the work of a process; return its exit code.

    The umask makes its files readable by its user only: databases, secrets, outputs.
    """
    os.umask(0o077)
    try:
        work()
    except (Refused, ValueError, OSError) as error:
        return _refused(str(error))
    except ConnectionLost:
        return _refused("cannot reach the database: check KT_DATABASE_URL and that it is running")
    except SQLAlchemyError as error:
        return _refused(f"KT_DATABASE_URL: {getattr(error, 'orig', error)}")
    return 0


def _refused(line: str) -> int:
    first, _, _ = line.partition("\n")
    sys.stderr.write(f"killatamata: {first}\n")
    return 1


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Listen on an address for the block; port 0 takes any free port.

    Raises:
        Refused: the port is taken, or the address does not belong to this machine.
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
        raise Refused(
            f"cannot listen on {host}:{port} ({error.strerror}): choose another --port"
        ) from None
    with listener:
        yield listener


def first_error(error: ValidationError, prefix: str) -> Refused:
    """Turn a validation error of settings into a refusal that names the first wrong one."""
    first = error.errors()[0]
    message = first["msg"].removeprefix("Value error, ")
    names = [f"{prefix}{str(part).upper()}" for part in first["loc"]]
    return Refused(": ".join([*names, message]))


def warn_of_unknown(known: type[BaseModel], prefix: str) -> None:
    """Warn of variables with the prefix of settings that name no setting: most are misspelt."""
    names = [name.upper() for name in known.model_fields]
    others = (*OTHERS, *(() if prefix == FACILITATOR else (FACILITATOR,)))
    for variable in sorted(name.upper() for name in os.environ):  # pydantic ignores case too
        name = variable.removeprefix(prefix)
        if name in {variable, *names} or variable.startswith(others):
            continue
        near = find_nearest_name(name, names)
        meant = f"; did you mean {prefix}{near}?" if near else ""
        sys.stderr.write(f"killatamata: {variable} is not a setting{meant}\n")


def settings() -> Settings:
    """Load the settings, and check that the data folder is writable.

    Raises:
        Refused: a setting or the data folder is wrong; the message names it.
    """
    warn_of_unknown(Settings, PREFIX)
    try:
        loaded = load_settings(None)
    except ValidationError as error:
        raise first_error(error, PREFIX) from None
    except OSError as error:
        where = f"{error.filename} ({error.strerror})"
        raise Refused(f"cannot use {where}: choose another --data-dir") from None
    if not os.access(loaded.data_dir, os.W_OK):
        raise Refused(f"cannot write to {loaded.data_dir}: choose another --data-dir")
    if loaded.profile == "production":
        refuse_unsafe(loaded)
        _refuse_test_tools(
            {faults.SETTING: os.environ.get(faults.SETTING, "")}
            | {f"KT_{name.upper()}": getattr(loaded, name) for name in STAND_INS}
        )
    return loaded


def refuse_unsafe(found: Settings) -> None:
    """Refuse a production that would leak secrets or lose money.

    Raises:
        Refused: a setting is unsafe; the message names it.
    """
    for name in ("public_url", "api_url", "files_url"):
        if getattr(found, name).startswith("http://"):
            raise Refused(f"KT_{name.upper()}: production needs an address with https://")
    for name in SECRETS:
        weak = (len(set(each)) < FEWEST_CHARACTERS for each in pairs(getattr(found, name)).values())
        if any(weak):
            raise Refused(
                f"KT_{name.upper()}: a secret is easy to guess; make one with openssl rand -hex 32"
            )
    for name in LIVE_KEYS:
        needed = name.replace("_key", SIGNED)
        key: SecretStr = getattr(found, name)
        secrets: SecretStr = getattr(found, needed)
        if key.get_secret_value() and not secrets.get_secret_value():
            raise Refused(f"KT_{name.upper()} needs KT_{needed.upper()}")


async def durable(database: Database, profile: str) -> None:
    """Check that PostgreSQL keeps what it has committed, even if its machine crashes.

    Raises:
        Refused: production may lose committed data; other profiles only log a warning.
    """
    if not database.is_postgres:
        return  # SQLite is opened by us, with synchronous=FULL
    async with database.read() as snapshot:
        names = " and ".join(row[0] for row in await snapshot.read(NOT_DURABLE))
    if not names:
        return
    if profile == "production":
        raise Refused(f"production does not start while PostgreSQL has {names} off")
    log.warning("PostgreSQL has %s off: a crash may lose money that was promised", names)


def _refuse_test_tools(given: Mapping[str, str]) -> None:
    """Refuse settings that are made for tests.

    Raises:
        Refused: one of them is set; the message names it.
    """
    for name, value in given.items():
        if value:
            raise Refused(f"production does not start with {name}")
