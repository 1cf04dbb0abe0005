"""Defaults of settings that depend on other settings."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DRAIN_SECONDS = 10.0  # of production: longer than an idle connection lives, and two health checks


def derive_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings whose defaults depend on the given ones.

    Raises:
        ValueError: production has no public URL, which cannot be guessed.
    """
    folder = Path(given.get("data_dir") or "data").absolute()
    host, port = given.get("host") or "127.0.0.1", given.get("port", 8787)
    is_production = given.get("profile") == "production"
    if is_production and not given.get("public_url"):
        raise ValueError("production needs KT_PUBLIC_URL")  # links would lead to this machine
    public = (given.get("public_url") or f"http://{host}:{port}").rstrip("/")
    database = given.get("database_url") or f"sqlite+aiosqlite:///{folder}/kt.db"
    return {
        "data_dir": folder,
        "mail_from": given.get("mail_from") or f"no-reply@{urlsplit(public).hostname}",
        "contact_email": given.get("contact_email") or f"support@{urlsplit(public).hostname}",
        "anthropic_api_key": given.get("anthropic_api_key")
        or os.environ.get("ANTHROPIC_API_KEY", ""),
        "agent_in_test_mode": given.get("agent_in_test_mode", not is_production),
        "live_enabled": given.get("live_enabled", is_production),
        "drain_seconds": given.get("drain_seconds", DRAIN_SECONDS if is_production else 0),
        "database_url": database,
        "mcp_sse": given.get("mcp_sse", database.startswith("sqlite")),
        "storage_url": given.get("storage_url") or f"file://{folder}/files",
        "public_url": public,
        "api_url": (given.get("api_url") or public).rstrip("/"),
        "files_url": (given.get("files_url") or public).rstrip("/"),
    }
