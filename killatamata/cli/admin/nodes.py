"""`admin node`: the nodes of live jobs, ComfyUI and servers of the OpenAI API."""

from functools import partial
from typing import Annotated

import typer

from killatamata.cli.operator_command import (
    OperatorChange,
    OperatorQuery,
    change_command,
    query_command,
)

app = typer.Typer(help="ComfyUI nodes and servers.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Its name; users see it.")]


@app.command("list")
@query_command
def list_nodes() -> OperatorQuery:
    """Show the state of every node."""
    from gateway.operator import nodes  # noqa: PLC0415 - the server is an extra

    return nodes.list_nodes


@app.command("check")
@partial(query_command, has_failed=lambda node: not node["now"]["answers"])
def check_node(
    name: Name,
    *,
    render: Annotated[
        bool,
        typer.Option("--render", help="Let a server make its smallest output; it may cost money."),
    ] = False,
) -> OperatorQuery:
    """Check a node now: whether a tiny job succeeds, what it can do, and what it lacks.

    Exits with 1 if it does not answer.
    """
    from workers.node_check import check_node as ask  # noqa: PLC0415 - the server is an extra

    return lambda folder: ask(folder, name, render=render)


@app.command("margin")
@query_command
def list_margins(
    days: Annotated[int, typer.Option(help="Over the last days.")] = 30,
) -> OperatorQuery:
    """Show what jobs on servers were charged, what they cost, and what is left, by family."""
    from gateway.operator import margins  # noqa: PLC0415 - the server is an extra

    return lambda folder: margins.list_margins(folder, days)


@app.command("add")
@change_command()
def add_node(
    name: Name,
    url: Annotated[str, typer.Argument(help="Its address, http://host:port.")],
    *,
    max_inflight: Annotated[int, typer.Option(help="Jobs it can hold at a time, 1 or 2.")] = 1,
    max_pixel_frames: Annotated[
        int, typer.Option(help="Width times height times frames of its largest job; 0: no limit.")
    ] = 0,
    label: Annotated[str, typer.Option(help="Your own note, shown in the list.")] = "",
    cleanup_dir: Annotated[
        str,
        typer.Option(
            help="Where workers see the folder with the node's `input` and `output`; "
            "what is older than two hours below `kt` is deleted there."
        ),
    ] = "",
) -> OperatorChange:
    """Add a node to the pool, or change it."""
    from gateway.media.nodes.node_pool import NodeSettings  # noqa: PLC0415 - the server is an extra
    from gateway.operator import nodes  # noqa: PLC0415 - the server is an extra

    given = NodeSettings(
        max_inflight=max_inflight,
        max_pixel_frames=max_pixel_frames or None,
        labels=label or None,
        cleanup_dir=cleanup_dir or None,
    )
    return lambda order: nodes.add(order, name, url, given)


@app.command("drain")
@change_command()
def drain_node(name: Name) -> OperatorChange:
    """Give a node no new jobs; running jobs finish."""
    from gateway.operator import nodes  # noqa: PLC0415 - the server is an extra

    return lambda order: nodes.drain(order, name)


@app.command("enable")
@change_command()
def enable_node(name: Name) -> OperatorChange:
    """Give a node jobs again; a paused one is checked at once."""
    from gateway.operator import nodes  # noqa: PLC0415 - the server is an extra

    return lambda order: nodes.enable(order, name)


@app.command("remove")
@change_command()
def remove_node(name: Name) -> OperatorChange:
    """Remove a node from the pool; jobs still running on it are retried elsewhere."""
    from gateway.operator import nodes  # noqa: PLC0415 - the server is an extra

    return lambda order: nodes.remove(order, name)
