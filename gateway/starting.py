"""Starting a process: whatever stands in the way becomes one clear line."""

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
from gateway.kit.names import nearest_name
from gateway.kit.sql import sql
from gateway.operator import settings_for
from gateway.secrets_file import SECRETS, pairs
from gateway.settings import Settings

NOT_DURABLE = sql(
    """
    SELECT name FROM pg_settings
    WHERE name IN ('fsync', 'synchronous_commit') AND setting = 'off' ORDER BY name
    """
)
# Settings of payment providers are known by their form, so that a new one is checked too.
SIGNED = "_webhook_secrets"
STAND_INS = [name for name in Settings.model_fields if name.endswith("_api_base")]
LIVE_KEYS = [
    name.replace(SIGNED, "_key")
    for name in Settings.model_fields
    if name.startswith("live_") and name.endswith(SIGNED)
]
FEWEST_CHARACTERS = 8  # different ones; 32 random hexadecimal digits have 14
PREFIX, FACILITATOR = "KT_", "KT_FACILITATOR_"
# what other programs read in the same environment
OTHERS = (faults.SETTING, "KT_API_BASE", "KT_API_KEY", "KT_KEY_PROFILE", "KT_WEBHOOK_SECRET")
log = logging.getLogger("gateway")


class Refused(Exception):  # noqa: N818 - said of a start
    """The process cannot start; the message is one clear line."""


def run(work: Callable[[], None]) -> int:
    """Do the work of a process; return its exit code. Its files are readable by its user only."""
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
    """Listen for the block; port 0 is any that is free.

    Raises:
        Refused: somebody else does, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(
        family, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )  # asyncio wants it for NODELAY
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
    """Return the refusal of settings, with the name of the first that is wrong."""
    first = error.errors()[0]
    said = first["msg"].removeprefix("Value error, ")
    names = [f"{prefix}{str(part).upper()}" for part in first["loc"]]
    return Refused(": ".join([*names, said]))


def warn_of_unknown(known: type[BaseModel], prefix: str) -> None:
    """Warn of variables that begin as settings do and are none: most are misspelt."""
    names = [name.upper() for name in known.model_fields]
    others = (*OTHERS, *(() if prefix == FACILITATOR else (FACILITATOR,)))
    for given in sorted(name.upper() for name in os.environ):  # as pydantic reads them
        name = given.removeprefix(prefix)
        if name in {given, *names} or given.startswith(others):
            continue
        near = nearest_name(name, names)
        meant = f"; did you mean {prefix}{near}?" if near else ""
        sys.stderr.write(f"killatamata: {given} is not a setting{meant}\n")


def settings() -> Settings:
    """Return the settings, with a data folder that can be written to.

    Raises:
        Refused: naming what is wrong.
    """
    warn_of_unknown(Settings, PREFIX)
    try:
        found = settings_for(None)
    except ValidationError as error:
        raise first_error(error, PREFIX) from None
    except OSError as error:
        where = f"{error.filename} ({error.strerror})"
        raise Refused(f"cannot use {where}: choose another --data-dir") from None
    if not os.access(found.data_dir, os.W_OK):
        raise Refused(f"cannot write to {found.data_dir}: choose another --data-dir")
    if found.profile == "production":
        refuse_unsafe(found)
        _refuse_test_tools(
            {faults.SETTING: os.environ.get(faults.SETTING, "")}
            | {f"KT_{name.upper()}": getattr(found, name) for name in STAND_INS}
        )
    return found


def refuse_unsafe(found: Settings) -> None:
    """Let no production begin that would leak secrets or lose money.

    Raises:
        Refused: naming the setting.
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
    """See that PostgreSQL keeps what it has committed, whatever happens to its machine.

    Raises:
        Refused: it may lose it, in production; elsewhere that is a warning.
    """
    if not database.postgres:
        return  # SQLite is opened by us, with synchronous=FULL
    async with database.read() as snapshot:
        names = " and ".join(row[0] for row in await snapshot.read(NOT_DURABLE))
    if not names:
        return
    if profile == "production":
        raise Refused(f"production does not start while PostgreSQL has {names} off")
    log.warning("PostgreSQL has %s off: a crash may lose money that was promised", names)


def _refuse_test_tools(given: Mapping[str, str]) -> None:
    """Let nothing that is made for tests into production.

    Raises:
        Refused: naming the setting.
    """
    for name, value in given.items():
        if value:
            raise Refused(f"production does not start with {name}")
