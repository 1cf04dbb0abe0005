"""Stored profiles: `config.toml` is edited in place, whole or not at all, for its owner alone."""

import os

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.items import InlineTable

from killatamata import profiles

MASKED_KEY_CHARACTERS = 40


def store_profile(name: str, *, api_key: str, base_url: str) -> None:
    """Store a key with its address as a profile; the rest of the file stays, comments too."""
    document = _load_document()
    stored = document.setdefault("profile", tomlkit.table(is_super_table=True))
    is_inline = isinstance(stored, InlineTable)  # `profile = {…}` can hold nothing but its like
    profile = stored.setdefault(name, tomlkit.inline_table() if is_inline else tomlkit.table())
    profile.update(api_key=api_key, base_url=base_url)
    _write_document(document)


def remove_profile(name: str) -> bool:
    """Remove a profile; return False if there was none."""
    document = _load_document()
    if document.get("profile", {}).pop(name, None) is None:
        return False
    _write_document(document)
    return True


def mask_key(key: str) -> str:
    """Return the start and the last four characters of a key, or less of a short one."""
    return f"{key[:16]}…{key[-4:]}" if len(key) > MASKED_KEY_CHARACTERS else f"{key[:8]}…"


def _load_document() -> TOMLDocument:
    """Load the file with its comments and its order; an empty document where there is none."""
    profiles.load_config()  # refuses a file that others can read, or that is no TOML
    try:
        return tomlkit.parse(profiles.get_config_path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return tomlkit.document()


def _write_document(document: TOMLDocument) -> None:
    file = profiles.get_config_path()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    # Created with its mode and by O_EXCL: at no moment can others read the key, and no link that
    # they put in its place is followed. The rename keeps the old file until the new one is whole.
    opened = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as handle:  # as it is read, whatever the locale
        handle.write(document.as_string())
    fresh.replace(file)
