"""Studio commands: projects, assets, plans and storyboards."""

import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from killatamata.cli.session import (
    EXIT_INTERRUPTED,
    EXIT_JOB_FAILED,
    EXIT_NEEDS_APPROVAL,
    Session,
    can_ask,
    command,
    exit_with_message,
    parse_dollars,
)
from killatamata.cli.terminal import (
    errors,
    output,
    print_pairs,
    print_table,
    to_plain_text,
    to_short_time,
)
from killatamata.types import Plan

projects = typer.Typer(help="List and create projects.", no_args_is_help=True)
assets = typer.Typer(help="List and upload the files that the account keeps.", no_args_is_help=True)
plans = typer.Typer(help="Look at, run and reject approval plans.", no_args_is_help=True)
storyboards = typer.Typer(help="Import, export and render storyboards.", no_args_is_help=True)
Project = Annotated[str, typer.Argument(help="Its id, proj_…", metavar="PROJECT")]
InProject = Annotated[str | None, typer.Option("--project", help="Into this project.")]
PlanId = Annotated[str, typer.Argument(help="Its id, plan_…", metavar="PLAN")]
Board = Annotated[str, typer.Argument(help="Its id, ast_…", metavar="STORYBOARD")]
Source = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file.")]


@command(projects, "list")
def list_projects(session: Session) -> None:
    """List projects."""
    listed = session.client.studio.projects.list()
    rows = (
        (each.project_id, each.name, each.counts.assets, f"${each.spent_usd}") for each in listed
    )
    session.print_result(listed, lambda: print_table(("project", "name", "assets", "spent"), rows))


@command(projects, "create")
def create_project(
    session: Session,
    name: Annotated[str, typer.Argument(help="What it is called.")],
    description: Annotated[str, typer.Option(help="What it is about.")] = "",
) -> None:
    """Create a project."""
    project = session.client.studio.projects.create(name, description=description)
    session.print_result(project, lambda: output.print(to_plain_text(project.project_id)))


@command(assets, "list")
def list_assets(
    session: Session,
    project: Project,
    kind: Annotated[
        str | None, typer.Option(help="image, video, audio, text or storyboard.")
    ] = None,
) -> None:
    """List the assets of a project, newest first."""
    listed = [*session.client.studio.assets.list(project, kind=kind, limit=100)]
    rows = (
        (each.asset_id, each.kind, each.name, each.bytes, to_short_time(each.created_at))
        for each in listed
    )
    session.print_result(
        listed, lambda: print_table(("asset", "kind", "name", "bytes", "created"), rows)
    )


@command(assets, "upload")
def upload_asset(session: Session, file: Source, project: InProject = None) -> None:
    """Upload a file; use `asset://` and its id as a media input of jobs."""
    asset = session.client.studio.assets.upload(file, project_id=project)
    session.print_result(asset, lambda: output.print(to_plain_text(asset.asset_id)))


@command(plans, "list")
def list_plans(
    session: Session,
    state: Annotated[
        str | None, typer.Option(help="pending, executed, rejected or expired.")
    ] = None,
) -> None:
    """List plans, newest first."""
    listed = session.client.plans.list(state=cast("Any", state)).data
    rows = (
        (
            each.plan_id,
            each.state,
            each.outcome,
            f"${each.total_usd}",
            each.step_count,
            each.origin,
            each.title,
        )
        for each in listed
    )
    head = ("plan", "state", "outcome", "total", "steps", "asked by", "title")
    session.print_result(listed, lambda: print_table(head, rows))


@command(plans, "show")
def show_plan(session: Session, plan_id: PlanId) -> None:
    """Show the steps of a plan with their exact prices."""
    plan = session.client.plans.get(plan_id)
    session.print_result(plan, lambda: _print_plan(plan))


@command(plans, "execute")
def execute_plan(
    session: Session,
    plan_id: PlanId,
    max_total: Annotated[
        str | None, typer.Option(help="Maximum total in dollars.", callback=parse_dollars)
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait for it to end.")] = True,
) -> None:
    """Run a plan as shown, once."""
    plan = session.client.plans.get(plan_id)
    if not session.as_json:
        _print_plan(plan)
    confirmed = False
    if not yes and max_total is None:
        if not can_ask():
            exit_with_message(
                f"It costs ${plan.total_usd}: allow it by --max-total or --yes.",
                EXIT_NEEDS_APPROVAL,
            )
        confirmed = typer.confirm(f"Run it for ${plan.total_usd}?", err=True)
        if not confirmed:
            exit_with_message("Nothing was run.", EXIT_NEEDS_APPROVAL)
    plan = session.client.plans.execute(
        plan, max_total_usd=max_total or plan.total_usd, confirmed_in_client=confirmed
    )
    if wait:
        plan = _wait_for_plan(session, plan)
    session.print_result(plan, lambda: output.print(to_plain_text(f"{plan_id} {plan.outcome}")))
    if plan.outcome not in {"succeeded", "running"}:
        raise typer.Exit(EXIT_JOB_FAILED)


@command(plans, "reject")
def reject_plan(
    session: Session,
    plan_id: PlanId,
    reason: Annotated[str | None, typer.Option(help="The reason, which is kept.")] = None,
) -> None:
    """Reject a pending plan."""
    plan = session.client.plans.reject(plan_id, reason=reason)
    session.print_result(plan, lambda: output.print(to_plain_text(f"{plan_id} {plan.state}")))


def _wait_for_plan(session: Session, plan: Plan) -> Plan:
    """Wait until a plan has ended; Ctrl-C ends only the wait."""
    try:
        while plan.outcome == "running":
            plan = session.client.plans.get(
                plan.plan_id, wait_seconds=25, since_version=plan.version
            )
            errors.print(
                to_plain_text(f"{plan.plan_id} {' '.join(each.state for each in plan.steps)}")
            )
    except KeyboardInterrupt:
        exit_with_message(
            f"Still running:  killatamata plans show {plan.plan_id}", EXIT_INTERRUPTED
        )
    return plan


def _print_plan(plan: Plan) -> None:
    print_pairs(
        plan=plan.plan_id,
        state=plan.state,
        outcome=plan.outcome,
        stopped=plan.error.message if plan.error else None,
        total=f"${plan.total_usd}",
        title=plan.title,
        expires=plan.expires_at if plan.state == "pending" else None,
        approve=plan.approval_url if plan.requires_human_approval else None,
        blocked=plan.blocked_by,
    )
    print_table(
        ("step", "operation", "price", "state", "job"),
        ((s.key, s.operation, f"${s.price_usd}", s.state, s.job_id) for s in plan.steps),
    )


@command(storyboards, "import")
def import_storyboard(
    session: Session,
    file: Annotated[str, typer.Argument(help="Markdown or Fountain; - is stdin.")],
    project: Annotated[str | None, typer.Option(help="Create a new one in this project.")] = None,
    asset: Annotated[str | None, typer.Option(help="Save as a new version of this one.")] = None,
) -> None:
    """Import a storyboard from a text."""
    boards = session.client.studio.storyboards
    if (project is None) == (asset is None):
        exit_with_message("Give either --project or --asset.")
    text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    etag = None if asset is None else boards.get(asset).etag
    imported = boards.import_text(text, project_id=project, asset_id=asset, etag=etag)
    for warning in imported.warnings:
        errors.print(to_plain_text(f"line {warning.line}: {warning.message}"))
    session.print_result(imported, lambda: output.print(to_plain_text(imported.asset_id)))


@command(storyboards, "export")
def export_storyboard(session: Session, board: Board) -> None:
    """Print a storyboard as Markdown."""
    exported = session.client.studio.storyboards.export_markdown(board)
    session.print_result(exported, lambda: print(exported.markdown, end=""))


@command(storyboards, "render")
def render_storyboard(
    session: Session,
    board: Board,
    shot: Annotated[list[str] | None, typer.Option(help="Only this shot; repeatable.")] = None,
    takes: Annotated[int, typer.Option(min=1, max=4, help="Clips per shot.")] = 1,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Also shots that already have a take.")
    ] = False,
) -> None:
    """Prepare a plan that renders the shots; `plans execute` runs it."""
    plan = session.client.studio.storyboards.prepare_render(
        board, shot_ids=shot, mode="all" if every else "missing", takes_per_shot=takes
    )
    session.print_result(plan, lambda: _print_plan(plan))
    errors.print(to_plain_text(f"To run it:  killatamata plans execute {plan.plan_id}"))
