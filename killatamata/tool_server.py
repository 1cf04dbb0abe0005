"""Start of `killatamata mcp`, without typer and without the client.

A host starts the server anew for each session, often several at once, and a person waits for its
tools. So plain options are read here; typer only draws the help and explains mistakes.
"""

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from killatamata import profiles
from killatamata.errors import ConfigRefused

BUNDLED = Path(__file__).parent / "_bundled"
"""Holds the MCP server in an installed client; in a checkout it lies beside the client."""
READ_ONLY_OPTION = "--read-only"
EXIT_REFUSED, EXIT_USAGE = 1, 2


@dataclass(slots=True, kw_only=True)
class ToolServerOptions:
    """Options of `killatamata mcp`; an empty text is one that was not given."""

    toolsets: str = ""
    tools: str = ""
    exclude: str = ""
    http: str = ""
    profile: str = ""
    read_only: bool = False


TEXT_OPTIONS = {
    f"--{name}": name for name in ("toolsets", "tools", "exclude", "http", "profile")
}  # the names of the options in `ToolServerOptions`


def read_options(words: Sequence[str]) -> ToolServerOptions | None:
    """Read the options of a command line; None where typer has to: help, `install`, a mistake."""
    options, rest = ToolServerOptions(), iter(words)
    for word in rest:
        name, is_joined, value = word.partition("=")
        if word == READ_ONLY_OPTION:
            options.read_only = True
        elif name in TEXT_OPTIONS:
            value = value if is_joined else next(rest, "-")
            if value.startswith("-"):
                return None
            setattr(options, TEXT_OPTIONS[name], value)
        else:
            return None
    return options


def serve_tools(options: ToolServerOptions) -> int:
    """Serve the tools until the client ends, or say why not; return the exit code."""
    if options.http and not re.fullmatch(r".+:[0-9]+", options.http):
        return _fail(f"--http {options.http}: give HOST:PORT, such as 127.0.0.1:8790", EXIT_USAGE)
    try:
        key, base = _get_credentials(options.profile)
    except ConfigRefused as error:
        return _fail(str(error), EXIT_REFUSED)
    source = _describe_address_source(options.profile)
    os.environ.update({"KT_API_BASE": base, "KT_API_KEY": key or ""})
    if BUNDLED.is_dir():  # in front: another package may be called mcp_server too
        sys.path.insert(0, str(BUNDLED))
    from mcp_server.__main__ import serve  # noqa: PLC0415 - the SDK is an extra
    from mcp_server.tool_choice import ToolChoice  # noqa: PLC0415 - the SDK is an extra

    choice = ToolChoice.parse(
        toolsets=options.toolsets,
        tools=options.tools,
        exclude=options.exclude,
        read_only=options.read_only,
    )
    return serve(options.http, choice, source)


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"{message}\n")
    return code


def _describe_address_source(profile: str) -> str:
    """Describe what gave the gateway's address, as the person at the command can check it."""
    if not profile and os.environ.get("KT_API_BASE"):
        return "KT_API_BASE"
    name = profile or os.environ.get("KT_KEY_PROFILE") or profiles.DEFAULT_PROFILE
    return f"base_url of the profile {name} in {profiles.get_config_path()}"


def _get_credentials(profile: str) -> tuple[str | None, str]:
    """Return key and address: of a named profile, or as every command finds them.

    A host runs us in an environment of its own, in which variables may belong to something else.

    Raises:
        ConfigRefused: the configuration cannot be used.
    """
    if not profile:
        return profiles.resolve_credentials(None, None)
    stored = profiles.load_profile(profile)
    return stored.api_key, stored.base_url
