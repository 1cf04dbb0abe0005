"""`admin node`: the ComfyUI nodes that live jobs run on."""

from typing import Annotated

import typer

from killatamata.cli.operating import DataDir, DryRun, Json, Reason, act, done, say

app = typer.Typer(help="ComfyUI nodes.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Its name; users see it.")]


@app.command("list")
def show_all(*, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Show how it stands with every node."""
    from gateway.operator import nodes  # noqa: PLC0415 - the server is an extra

    say(done(nodes.show_all(data_dir)), as_json=as_json)


@app.command("check")
def check(name: Name, *, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Show what a node can do and what it lacks, as its last heartbeat saw it."""
    from gateway.operator import nodes  # noqa: PLC0415 - the server is an extra

    say(done(nodes.show(data_dir, name)), as_json=as_json)


@app.command("add")
def add(
    name: Name,
    url: Annotated[str, typer.Argument(help="Its address, http://host:port.")],
    reason: Reason,
    *,
    max_inflight: Annotated[int, typer.Option(help="Jobs it holds at a time, 1 or 2.")] = 1,
    max_pixel_frames: Annotated[
        int, typer.Option(help="Width times height times frames of its largest job; 0: no limit.")
    ] = 0,
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Add a node to the pool, or change it."""
    from gateway.operator import nodes  # noqa: PLC0415 - the server is an extra

    act(
        lambda order: nodes.add(order, name, url, max_inflight, max_pixel_frames or None),
        reason=reason,
        data_dir=data_dir,
        dry_run=dry_run,
        as_json=as_json,
    )


@app.command("drain")
def drain(
    name: Name,
    reason: Reason,
    *,
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give a node nothing new; what runs on it finishes."""
    from gateway.operator import nodes  # noqa: PLC0415 - the server is an extra

    act(
        lambda order: nodes.drain(order, name),
        reason=reason,
        data_dir=data_dir,
        dry_run=dry_run,
        as_json=as_json,
    )


@app.command("enable")
def enable(
    name: Name,
    reason: Reason,
    *,
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give a node work again."""
    from gateway.operator import nodes  # noqa: PLC0415 - the server is an extra

    act(
        lambda order: nodes.enable(order, name),
        reason=reason,
        data_dir=data_dir,
        dry_run=dry_run,
        as_json=as_json,
    )


@app.command("remove")
def remove(
    name: Name,
    reason: Reason,
    *,
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take a node out of the pool; what still runs on it is tried again elsewhere."""
    from gateway.operator import nodes  # noqa: PLC0415 - the server is an extra

    act(
        lambda order: nodes.remove(order, name),
        reason=reason,
        data_dir=data_dir,
        dry_run=dry_run,
        as_json=as_json,
    )
