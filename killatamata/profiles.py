"""Profiles: key and address from arguments, the environment, or `config.toml`.

A stored key goes only to the address that it is stored with: an address from the environment or an
argument never gets the key of another gateway.
"""

import os
import re
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict, cast

from killatamata.errors import ConfigRefused

DEFAULT_BASE_URL = "https://api.killatamata.com"
DEFAULT_PROFILE = "default"
OWN_GATEWAY_HINT = "set KT_API_BASE, or run  killatamata login --base-url http://127.0.0.1:8787"
KEY = re.compile(r"[\x21-\x7e]*")
OTHERS_MODE_BITS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Profile:
    """One account at one gateway."""

    api_key: str | None = field(default=None, repr=False)
    base_url: str = DEFAULT_BASE_URL


class StoredProfile(TypedDict, total=False):
    """A profile as `config.toml` holds it."""

    api_key: str
    base_url: str


class Config(TypedDict, total=False):
    """The whole of `config.toml`, as far as we know it."""

    profile: dict[str, StoredProfile]


def get_config_path() -> Path:
    """Return the path of `config.toml`, below `XDG_CONFIG_HOME` or `~/.config`."""
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder) / "killatamata" / "config.toml"


def load_config() -> Config:
    """Load the whole configuration; empty where there is no file.

    Raises:
        ConfigRefused: other users can read the file, or it is not TOML.
    """
    file = get_config_path()
    try:
        if os.name == "posix" and file.stat().st_mode & OTHERS_MODE_BITS:
            raise ConfigRefused(f"Others can read {file}. Fix: chmod 600 {file}")
        return cast("Config", tomllib.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigRefused(f"{file} is not TOML: {error}") from None
    except OSError as error:
        raise ConfigRefused(f"Cannot read {file}: {error.strerror}") from None


def load_profile(name: str | None = None) -> Profile:
    """Load a profile by name (`KT_KEY_PROFILE`, else `default`); an unset default is empty.

    Raises:
        ConfigRefused: see `load_config` and `clean_key`; or the named profile does not exist.
    """
    wanted = name or os.environ.get("KT_KEY_PROFILE")
    stored = load_config().get("profile", {})
    if wanted and wanted not in stored:
        raise ConfigRefused(f"There is no profile {wanted} in {get_config_path()}.")
    chosen = stored.get(wanted or DEFAULT_PROFILE, {})
    key = clean_key(chosen.get("api_key", ""))
    return Profile(key or None, chosen.get("base_url", DEFAULT_BASE_URL))


def clean_key(key: str) -> str:
    """Return a key without the blanks and line ends around it, as a file or a paste leaves them.

    Raises:
        ConfigRefused: it cannot be a key; the text never quotes it.
    """
    cleaned = key.strip()
    if KEY.fullmatch(cleaned) is None:
        raise ConfigRefused(
            "The API key has a blank, a line end or a special letter: copy it anew."
        )
    return cleaned


def get_sign_in_url(name: str | None) -> str:
    """Return the address to sign in at: of the environment, a stored profile, or the public one.

    Raises:
        ConfigRefused: see `load_config`.
    """
    stored = load_config().get("profile", {}).get(name or DEFAULT_PROFILE, {})
    return os.environ.get("KT_API_BASE") or str(stored.get("base_url", DEFAULT_BASE_URL))


def resolve_credentials(
    api_key: str | None, base_url: str | None, name: str | None = None
) -> tuple[str | None, str]:
    """Return the key, or None, and the address to call.

    An argument wins over the environment, and that over the profile. An empty `api_key` means no
    key, whatever is stored.

    Raises:
        ConfigRefused: see `load_profile`; or the key cannot be one.
    """
    key = clean_key(os.environ.get("KT_API_KEY", "") if api_key is None else api_key)
    base = base_url or os.environ.get("KT_API_BASE") or None
    if base and (key or api_key is not None):
        return key or None, base
    stored = load_profile(name)
    # The stored key is only used with its own address, or another gateway would get it.
    if key or base is None or base.rstrip("/") == stored.base_url.rstrip("/"):
        return key or stored.api_key, base or stored.base_url
    return None, base


def require_credentials(
    api_key: str | None, base_url: str | None, name: str | None = None
) -> tuple[str | None, str]:
    """Return key and address as `resolve_credentials` does; one of both must be configured.

    Raises:
        ConfigRefused: see `resolve_credentials`; or nothing is configured: a call could only fail.
    """
    key, base = resolve_credentials(api_key, base_url, name)
    if key is None and base == DEFAULT_BASE_URL and not (base_url or os.environ.get("KT_API_BASE")):
        raise ConfigRefused(
            f"There is no key, and no gateway is named. For your own {OWN_GATEWAY_HINT}"
        )
    return key, base
