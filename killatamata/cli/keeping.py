"""Writing `config.toml`: whole or not at all, for its owner alone."""

import json
import os

from killatamata import profiles
from killatamata.errors import ConfigRefused

WHOLE = 40


def keep(name: str, *, api_key: str, base_url: str) -> None:
    """Keep a key with its address, as a profile."""
    found = profiles.load()
    kept: profiles.StoredProfile = {"api_key": api_key, "base_url": base_url}
    _write({**found, "profile": {**found.get("profile", {}), name: kept}})


def forget(name: str) -> bool:
    """Forget a profile; say whether there was one."""
    found = profiles.load()
    kept = dict(found.get("profile", {}))
    if kept.pop(name, None) is None:
        return False
    _write({**found, "profile": kept})
    return True


def masked(key: str) -> str:
    """Return what of a key may be shown: how it starts, and its last four characters."""
    return f"{key[:16]}…{key[-4:]}" if len(key) > WHOLE else f"{key[:8]}…"


def _write(found: profiles.Config) -> None:
    lines = [f"{name} = {_toml(each)}" for name, each in found.items() if name != "profile"]
    for name, kept in found["profile"].items():
        lines += ["", f"[profile.{_toml(name)}]"]
        lines += [f"{field} = {_toml(value)}" for field, value in kept.items()]
    file = profiles.path()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write("\n".join(lines).lstrip() + "\n")
    fresh.replace(file)


def _toml(value: object) -> str:
    if not isinstance(value, str | int | float):
        raise ConfigRefused(f"{profiles.path()} contains more than profiles: edit it by hand.")
    return json.dumps(value, ensure_ascii=False)
