"""`serve`, `worker`, `migrate` and `mcp`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from killatamata.cli.session import exit_with_message
from killatamata.tool_server import ToolServerOptions, serve_tools

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on.", show_default="KT_PORT, else 8787")]
DataDir = Annotated[Path | None, typer.Option(help="Folder for the database, files and secrets.")]


def serve(
    *,
    dev: Annotated[
        bool, typer.Option(help="Run everything in one process, with a test account and a demo.")
    ] = False,
    host: Host = "",
    port: Port = 0,
    comfy: Annotated[
        str, typer.Option(help="Address of a ComfyUI node for live jobs, http://host:port.")
    ] = "",
    engine: Annotated[
        str,
        typer.Option(help="Address of a server of the OpenAI API for live jobs, http://host:port."),
    ] = "",
    data_dir: DataDir = None,
) -> None:
    """Serve the gateway."""
    _set_environment(host=host, port=port, data_dir=data_dir)
    if comfy:
        os.environ["KT_COMFY_NODES"] = f"comfy={comfy}"
    if engine:
        os.environ["KT_ENGINE_URL"] = engine
    from gateway.serve import serve as run  # noqa: PLC0415 - the server is an extra

    sys.exit(run(dev=dev))


def worker(data_dir: DataDir = None) -> None:
    """Run the workers that Redis or Valkey wakes, until SIGTERM."""
    _set_environment(host="", port=0, data_dir=data_dir)
    from workers.__main__ import main  # noqa: PLC0415 - the server is an extra

    sys.exit(main())


def migrate(
    data_dir: DataDir = None,
    grant_to: Annotated[
        str, typer.Option(help="PostgreSQL role of the application, denied changes to the ledger.")
    ] = "",
    *,
    plan: Annotated[
        bool, typer.Option(help="Show statements, locks and sizes of tables; change nothing.")
    ] = False,
) -> None:
    """Bring the database to this version's schema."""
    _set_environment(host="", port=0, data_dir=data_dir)
    from gateway import serve as server  # noqa: PLC0415 - the server is an extra

    sys.exit(server.plan_migration() if plan else server.migrate(grant_to))


def mcp(
    context: typer.Context,
    *,
    toolsets: Annotated[str, typer.Option(help="media,studio,account,… or core.")] = "",
    tools: Annotated[str, typer.Option(help="Only these, or these plus toolsets.")] = "",
    exclude: Annotated[str, typer.Option(help="Exclude these tools.")] = "",
    read_only: Annotated[bool, typer.Option(help="Only read-only tools.")] = False,
    http: Annotated[str, typer.Option(help="Serve /mcp and /sse on HOST:PORT instead.")] = "",
    profile: Annotated[
        str, typer.Option(help="Use this stored profile, whatever the environment says.")
    ] = "",
) -> None:
    """Serve the tools of a gateway to an MCP client over stdio (KT_API_KEY, or `login`)."""
    if context.invoked_subcommand is not None:
        if toolsets or tools or exclude or read_only or http or profile:
            name = context.invoked_subcommand
            exit_with_message(
                f"Options before {name} are those of the server: put yours behind it."
            )
        return
    sys.exit(
        serve_tools(
            ToolServerOptions(
                toolsets=toolsets,
                tools=tools,
                exclude=exclude,
                http=http,
                profile=profile,
                read_only=read_only,
            )
        )
    )


def _set_environment(*, host: str, port: int, data_dir: Path | None) -> None:
    """Put options into the environment, where they win over what is set there."""
    settings = {"KT_HOST": host, "KT_PORT": str(port or ""), "KT_DATA_DIR": str(data_dir or "")}
    os.environ.update({name: value for name, value in settings.items() if value})
