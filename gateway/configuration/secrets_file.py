"""Secrets among the settings: their form, and the file in which the embedded profile keeps them."""

import json
import os
from pathlib import Path

from pydantic import SecretStr

from gateway.kit.ids import Ids

SECRET_SETTINGS = ("key_peppers", "signing_keys", "request_state_keys")


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
    """Load the secrets of the data folder, or make them at the first start.

    Two processes may start at once. Each writes a file of its own, and `os.link` gives the name to
    one of them only: both then read the same secrets, never half a file.
    """
    stored: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    if stored.keys() >= set(SECRET_SETTINGS):
        return stored
    ids = Ids()
    fresh = {name: f"1:{ids.bytes(32).hex()}" for name in SECRET_SETTINGS}
    own_file = file.with_name(f"{file.name}.{os.getpid()}")
    own_file.touch(mode=0o600)
    own_file.write_text(json.dumps(fresh | stored))
    if stored:
        own_file.replace(file)  # the file of an earlier version, which had fewer secrets
        return fresh | stored
    try:
        os.link(own_file, file)
    except FileExistsError:
        pass  # another process was faster
    finally:
        own_file.unlink()
    winner: dict[str, str] = json.loads(file.read_text())
    return winner
