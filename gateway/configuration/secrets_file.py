"""Secrets among the settings: their form, and the file in which the embedded profile keeps them."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from gateway.kit.ids import Ids

SECRET_SETTINGS = ("key_peppers", "signing_keys", "request_state_keys")
SECRET_CHARACTERS = 32


def complete_secrets(
    given: Mapping[str, SecretStr], file: Path, *, is_production: bool
) -> dict[str, SecretStr]:
    """Return the secret settings with every one filled in; production never makes any.

    Raises:
        ValueError: a secret is malformed, or production lacks one or has a short one; the message
            names the setting.
    """
    lacking = [name for name, secret in given.items() if not secret.get_secret_value()]
    for name in given.keys() - set(lacking):
        check_secret(f"KT_{name.upper()}", given[name], SECRET_CHARACTERS if is_production else 1)
    if not lacking:
        return {**given}
    if is_production:
        names = ", ".join(f"KT_{name.upper()}" for name in lacking)
        raise ValueError(f"production needs {names}")
    stored = load_or_make_secrets(file)
    return {**given} | {name: SecretStr(stored[name]) for name in lacking}


def check_secret(name: str, secret: SecretStr, least: int) -> None:
    """Check the form and the length of a secret setting.

    Raises:
        ValueError: a secret is malformed or too short; the message names the setting.
    """
    try:
        values = parse_secret_pairs(secret).values()
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if any(len(value) < least for value in values):
        raise ValueError(f"{name}: a secret must have at least {least} characters")


def parse_secret_pairs(secret: SecretStr) -> dict[str, bytes]:
    """Parse `id:secret,…` into a dictionary in the same order, newest first.

    Raises:
        ValueError: the text has another form.
    """
    entries = [entry.partition(":") for entry in secret.get_secret_value().split(",")]
    if not all(name and value for name, _, value in entries):
        raise ValueError("secrets must be written as id:secret,id:secret")
    return {name.strip(): value.strip().encode() for name, _, value in entries}


def load_or_make_secrets(file: Path) -> dict[str, str]:
    """Load the secrets of the data folder; make those that it lacks.

    It lacks all at the first start, and some after an upgrade from a version that had fewer. Two
    processes may start at once: the lock on the folder lets one of them make the secrets, which
    the other then reads. A new file takes the place of the old one whole, so nobody reads half.
    """
    with _lock_folder(file.parent):
        stored: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        if stored.keys() >= set(SECRET_SETTINGS):
            return stored
        ids = Ids()
        secrets = {name: f"1:{ids.bytes(32).hex()}" for name in SECRET_SETTINGS} | stored
        new_file = file.with_name(f"{file.name}.{os.getpid()}")
        new_file.touch(mode=0o600)
        new_file.write_text(json.dumps(secrets))
        new_file.replace(file)
        return secrets


@contextmanager
def _lock_folder(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)  # which also releases the lock
