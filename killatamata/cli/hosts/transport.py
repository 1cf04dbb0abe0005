"""The way that a host reaches the tools: a command of this machine, or the gateway's URL."""

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from killatamata import profiles
from killatamata.cli.hosts.catalogue import Host, Launch
from killatamata.cli.session import Session
from killatamata.errors import KillaTamataError
from killatamata.wire import JsonObject

STDIO, HTTP = "stdio", "http"
UV_CACHE, PIPX, PIPX_INSTALLED = "archive-v0", "pipx", "venvs"  # names of folders


class TransportRefused(KillaTamataError):  # noqa: N818 - named like its siblings
    """The host cannot be connected in this way; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The entry of a host, by which transport it connects, and why not by a command."""

    entry: JsonObject
    transport: str
    reason: str = ""


def build_connection(
    session: Session, host: Host, wanted: str | None, *, in_project: bool
) -> Connection:
    """Build the entry of a host.

    By default it runs this command with the stored key, which works at once and names no key. In a
    project, whose file others get too, it is the URL: there each person signs in.

    Raises:
        TransportRefused: the host does not take what was wanted, or nothing works here.
        ConfigRefused: the configuration cannot be used.
    """
    name = session.profile or os.environ.get("KT_KEY_PROFILE") or profiles.DEFAULT_PROFILE
    obstacle = _find_obstacle(name)
    if host.render_url is None and wanted == HTTP:
        raise TransportRefused(
            f"The settings of {host.title} take only commands. Add the URL in its own list of"
            f" connectors: {_get_url(session)}"
        )
    prefers_url = in_project or bool(obstacle)
    if host.render_url is not None and (wanted == HTTP or (wanted is None and prefers_url)):
        return Connection(host.render_url(_get_url(session)), HTTP, "" if wanted else obstacle)
    if obstacle:
        raise TransportRefused(obstacle)
    return Connection(host.render_command(_build_launch(name)), STDIO)


def _find_obstacle(profile: str) -> str:
    """Return why a host could not run our command; empty if it can."""
    if not profiles.load_config().get("profile", {}).get(profile, {}).get("api_key"):
        option = "" if profile == profiles.DEFAULT_PROFILE else f" --profile {profile}"
        return f"No key is stored. Sign in: killatamata login{option}"
    if find_spec("mcp") is None:
        return "The MCP SDK is missing: pip install 'killatamata[mcp]'"
    if _is_passing(Path(sys.prefix)):
        return (
            "This command runs from a cache that is cleared: install it by `uv tool install` or"
            " `pipx install`."
        )
    return ""


def _build_launch(profile: str) -> Launch:
    """Build the command that serves the tools with a stored profile, by its absolute path."""
    own = os.environ.get("XDG_CONFIG_HOME")  # a host that a desktop starts does not have it
    command, *words = find_own_command()
    return Launch(
        command=command,
        arguments=[*words, "mcp", "--profile", profile],
        environment={"XDG_CONFIG_HOME": own} if own else {},
    )


def find_own_command() -> list[str]:
    """Return the words that run this command: as it was called, beside this Python, or by it."""
    called = shutil.which(sys.argv[0])
    if called and Path(called).stem == "killatamata":
        return [str(Path(called).absolute())]  # not resolved: the link outlives an upgrade
    beside = Path(sys.executable).with_name("killatamata.exe" if os.name == "nt" else "killatamata")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "killatamata"]


def _is_passing(folder: Path) -> bool:
    """Return True if this Python's folder is of a cache, in which uvx and `pipx run` work."""
    parts = {part.lower() for part in folder.parts}
    return UV_CACHE in parts or (PIPX in parts and PIPX_INSTALLED not in parts)


def _get_url(session: Session) -> str:
    _, base = profiles.resolve_credentials(session.api_key, session.base_url, session.profile)
    return f"{base.rstrip('/')}/mcp"
