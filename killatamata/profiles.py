"""Profiles: key and address from arguments, the environment, or `config.toml`.

A key that is kept goes only to the address that it is kept with.
"""

import os
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict, cast

from killatamata.errors import ConfigRefused

HOME = "https://api.killatamata.com"
DEFAULT = "default"
YOURS = "set KT_API_BASE, or run  killatamata login --base-url http://127.0.0.1:8787"
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Profile:
    """One account at one gateway."""

    api_key: str | None = field(default=None, repr=False)
    base_url: str = HOME


class StoredProfile(TypedDict, total=False):
    """A profile as `config.toml` holds it."""

    api_key: str
    base_url: str


class Config(TypedDict, total=False):
    """The whole of `config.toml`, as far as we know it."""

    profile: dict[str, StoredProfile]


def path() -> Path:
    """Return where the configuration is kept."""
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder) / "killatamata" / "config.toml"


def load() -> Config:
    """Return the whole configuration; empty where there is none.

    Raises:
        ConfigRefused: others may read it, or it is not TOML.
    """
    file = path()
    try:
        if os.name == "posix" and file.stat().st_mode & OTHERS:
            raise ConfigRefused(f"Others can read {file}. Fix: chmod 600 {file}")
        return cast("Config", tomllib.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigRefused(f"{file} is not TOML: {error}") from None
    except OSError as error:
        raise ConfigRefused(f"Cannot read {file}: {error.strerror}") from None


def profile(name: str | None = None) -> Profile:
    """Return a profile by name (`KT_KEY_PROFILE`, else `default`), empty if there is none.

    Raises:
        ConfigRefused: see `load`; or a profile that was named is not there.
    """
    wanted = name or os.environ.get("KT_KEY_PROFILE")
    kept = load().get("profile", {})
    if wanted and wanted not in kept:
        raise ConfigRefused(f"There is no profile {wanted} in {path()}.")
    found = kept.get(wanted or DEFAULT, {})
    return Profile(found.get("api_key"), found.get("base_url", HOME))


def address(name: str | None) -> str:
    """Return the address to sign in at: of the environment, of a profile that is kept, or ours.

    Raises:
        ConfigRefused: see `load`.
    """
    kept = load().get("profile", {}).get(name or DEFAULT, {})
    return os.environ.get("KT_API_BASE") or str(kept.get("base_url", HOME))


def settled(
    api_key: str | None, base_url: str | None, name: str | None = None
) -> tuple[str | None, str]:
    """Return the key, if there is one, and the address; an empty key given here is none.

    Raises:
        ConfigRefused: see `profile`.
    """
    key = os.environ.get("KT_API_KEY") if api_key is None else api_key
    base = base_url or os.environ.get("KT_API_BASE") or None
    if base and (key or api_key is not None):
        return key or None, base
    kept = profile(name)
    if key or base is None or base.rstrip("/") == kept.base_url.rstrip("/"):
        return key or kept.api_key, base or kept.base_url
    return None, base


def named(
    api_key: str | None, base_url: str | None, name: str | None = None
) -> tuple[str | None, str]:
    """Return what `settled` does, if anything names a gateway or holds a key.

    Raises:
        ConfigRefused: see `settled`; or nothing does, so that a call could only fail.
    """
    key, base = settled(api_key, base_url, name)
    if key is None and base == HOME and not (base_url or os.environ.get("KT_API_BASE")):
        raise ConfigRefused(f"There is no key, and no gateway is named. For your own {YOURS}")
    return key, base
