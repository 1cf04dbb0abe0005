"""Secrets among the settings: their form, and the file in which the embedded profile keeps them."""

import json
import os
from pathlib import Path

from pydantic import SecretStr

from gateway.kit.ids import Ids

SECRETS = ("key_peppers", "signing_keys", "request_state_keys")


def judge(name: str, secret: SecretStr, least: int) -> None:
    """Refuse a secret of the wrong form, or one that was never filled in.

    Raises:
        ValueError: naming its setting.
    """
    try:
        values = pairs(secret).values()
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if any(len(value) < least for value in values):
        raise ValueError(f"{name}: a secret must have at least {least} characters")


def pairs(secret: SecretStr) -> dict[str, bytes]:
    """Return `id:secret,…` as a dictionary in the same order, newest first.

    Raises:
        ValueError: not of that form.
    """
    entries = [entry.partition(":") for entry in secret.get_secret_value().split(",")]
    if not all(name and value for name, _, value in entries):
        raise ValueError("secrets must be written as id:secret,id:secret")
    return {name.strip(): value.strip().encode() for name, _, value in entries}


def kept_secrets(file: Path) -> dict[str, str]:
    """Return the secrets of the data folder; made once, even by two processes at a time."""
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    if kept.keys() >= set(SECRETS):
        return kept
    ids = Ids()
    fresh = {name: f"1:{ids.bytes(32).hex()}" for name in SECRETS}
    own = file.with_name(f"{file.name}.{os.getpid()}")
    own.touch(mode=0o600)
    own.write_text(json.dumps(fresh | kept))
    if kept:
        own.replace(file)  # of an earlier version, which had fewer
        return fresh | kept
    try:
        os.link(own, file)
    except FileExistsError:
        pass  # another process was faster
    finally:
        own.unlink()
    found: dict[str, str] = json.loads(file.read_text())
    return found
