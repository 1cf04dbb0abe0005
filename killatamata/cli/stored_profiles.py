"""Stored profiles: `config.toml` is written whole or not at all, for its owner alone."""

import json
import os

from killatamata import profiles
from killatamata.errors import ConfigRefused

MASKED_KEY_CHARACTERS = 40


def store_profile(name: str, *, api_key: str, base_url: str) -> None:
    """Store a key with its address as a profile; the rest of the file stays."""
    config = profiles.load_config()
    stored: profiles.StoredProfile = {"api_key": api_key, "base_url": base_url}
    _write_config({**config, "profile": {**config.get("profile", {}), name: stored}})


def remove_profile(name: str) -> bool:
    """Remove a profile; return False if there was none."""
    config = profiles.load_config()
    remaining = dict(config.get("profile", {}))
    if remaining.pop(name, None) is None:
        return False
    _write_config({**config, "profile": remaining})
    return True


def mask_key(key: str) -> str:
    """Return the start and the last four characters of a key, or less of a short one."""
    return f"{key[:16]}…{key[-4:]}" if len(key) > MASKED_KEY_CHARACTERS else f"{key[:8]}…"


def _write_config(config: profiles.Config) -> None:
    lines = [f"{name} = {_to_toml(each)}" for name, each in config.items() if name != "profile"]
    for name, stored in config["profile"].items():
        lines += ["", f"[profile.{_to_toml(name)}]"]
        lines += [f"{field} = {_to_toml(value)}" for field, value in stored.items()]
    file = profiles.get_config_path()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    # Created with its mode and by O_EXCL: at no moment can others read the key, and no link that
    # they put in its place is followed. The rename keeps the old file until the new one is whole.
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write("\n".join(lines).lstrip() + "\n")
    fresh.replace(file)


def _to_toml(value: object) -> str:
    if not isinstance(value, str | int | float):
        raise ConfigRefused(
            f"{profiles.get_config_path()} contains more than profiles: edit it by hand."
        )
    return json.dumps(value, ensure_ascii=False)
