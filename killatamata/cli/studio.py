"""Studio commands: projects, assets, plans and storyboards."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from killatamata._sync.waits import is_open
from killatamata.cli.completion import complete_plans, complete_projects, complete_storyboards
from killatamata.cli.fields import read_stdin, read_text
from killatamata.cli.resume_hints import plan_hint
from killatamata.cli.session import (
    EXIT_JOB_FAILED,
    EXIT_NEEDS_APPROVAL,
    ListOptions,
    Session,
    can_ask,
    command,
    exit_with_message,
    parse_dollars,
)
from killatamata.cli.terminal import STDIN, print_pairs, print_table, to_short_time
from killatamata.types import Plan

projects = typer.Typer(help="List and create projects.", no_args_is_help=True)
assets = typer.Typer(help="List and upload the files that the account keeps.", no_args_is_help=True)
plans = typer.Typer(help="Look at, run and reject approval plans.", no_args_is_help=True)
storyboards = typer.Typer(help="Import, export and render storyboards.", no_args_is_help=True)
USUAL_PLANS = 20
Project = Annotated[
    str,
    typer.Argument(help="Its id, proj_…", metavar="PROJECT", autocompletion=complete_projects),
]
InProject = Annotated[
    str | None,
    typer.Option("--project", help="Into this project.", autocompletion=complete_projects),
]
PlanId = Annotated[
    str, typer.Argument(help="Its id, plan_…", metavar="PLAN", autocompletion=complete_plans)
]
Board = Annotated[
    str,
    typer.Argument(help="Its id, ast_…", metavar="STORYBOARD", autocompletion=complete_storyboards),
]
Kind = Literal["image", "video", "audio", "text", "storyboard"]


@command(projects, "list", example="killatamata projects list")
def list_projects(session: Session) -> None:
    """List projects."""
    listed = session.client.studio.projects.list()
    rows = (
        (each.project_id, each.name, each.counts.assets, f"${each.spent_usd}") for each in listed
    )
    session.print_rows(listed, ("project", "name", "assets", "spent"), rows)


@command(projects, "create", example='killatamata projects create "The lighthouse"')
def create_project(
    session: Session,
    name: Annotated[str, typer.Argument(help="What it is called.")],
    description: Annotated[str, typer.Option(help="What it is about.")] = "",
) -> None:
    """Create a project."""
    project = session.client.studio.projects.create(name, description=description)
    session.print_line(project, project.project_id)


@command(
    assets, "list", example="killatamata assets list proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF --kind image"
)
def list_assets(
    session: Session,
    options: ListOptions,
    project: Project,
    kind: Annotated[Kind | None, typer.Option(help="Only this kind.")] = None,
) -> None:
    """List the assets of a project, newest first."""
    assets_of = session.client.studio.assets
    listed = options.take(session, lambda limit: assets_of.list(project, kind=kind, limit=limit))
    rows = (
        (each.asset_id, each.kind, each.name, each.bytes, to_short_time(each.created_at))
        for each in listed
    )
    session.print_rows(listed, ("asset", "kind", "name", "bytes", "created"), rows)


@command(assets, "upload", example="killatamata assets upload lighthouse.png")
def upload_asset(
    session: Session,
    file: Annotated[str, typer.Argument(help="A file; - is stdin.")],
    project: InProject = None,
    name: Annotated[str | None, typer.Option(help="Its file name, such as notes.md.")] = None,
) -> None:
    """Upload a file; use `asset://` and its id as a media input of jobs."""
    if file != STDIN and not Path(file).is_file():
        exit_with_message(f"There is no file {file}.")
    media = read_stdin() if file == STDIN else Path(file)
    asset = session.client.studio.assets.upload(media, project_id=project, name=name)
    session.print_line(asset, asset.asset_id)


@command(plans, "list", example="killatamata plans list --state pending")
def list_plans(
    session: Session,
    options: ListOptions,
    state: Annotated[
        Literal["pending", "executed", "rejected", "expired"] | None,
        typer.Option(help="Only these."),
    ] = None,
) -> None:
    """List plans, newest first."""
    client = session.client
    listed = options.take(
        session, lambda limit: client.plans.list(state=state, limit=limit), USUAL_PLANS
    )
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
    session.print_rows(listed, head, rows)


@command(plans, "show", example="killatamata plans show plan_01J8ZQ4V8Y6T3N5R7W9XABCDEF")
def show_plan(session: Session, plan_id: PlanId) -> None:
    """Show the steps of a plan with their exact prices."""
    plan = session.client.plans.get(plan_id)
    session.print_result(plan, lambda: print_plan(plan), [plan.plan_id])


@command(
    plans,
    "execute",
    example="killatamata plans execute plan_01J8ZQ4V8Y6T3N5R7W9XABCDEF --max-total 2",
)
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
    if not session.as_json and not session.quiet:
        print_plan(plan)
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
    plans_of = session.client.plans
    with plan_hint(session, plan):
        plan = plans_of.execute(
            plan, max_total_usd=max_total or plan.total_usd, confirmed_in_client=confirmed
        )
    if wait:
        with plan_hint(session, plan):
            plan = plans_of.wait(plan, on_progress=lambda each: _note_steps(session, each))
    session.print_line(
        plan, f"{plan_id} {plan.outcome}", *(s.job_id for s in plan.steps if s.job_id)
    )
    if plan.outcome != "succeeded" and not is_open(plan):
        raise typer.Exit(EXIT_JOB_FAILED)


@command(
    plans,
    "reject",
    example="killatamata plans reject plan_01J8ZQ4V8Y6T3N5R7W9XABCDEF --reason dear",
)
def reject_plan(
    session: Session,
    plan_id: PlanId,
    reason: Annotated[str | None, typer.Option(help="The reason, which is kept.")] = None,
) -> None:
    """Reject a pending plan."""
    plan = session.client.plans.reject(plan_id, reason=reason)
    session.print_line(plan, f"{plan_id} {plan.state}", plan_id)


def _note_steps(session: Session, plan: Plan) -> None:
    session.print_note(f"{plan.plan_id} {' '.join(each.state for each in plan.steps)}")


def print_plan(plan: Plan) -> None:
    """Print a plan with its steps."""
    print_pairs(
        plan=plan.plan_id,
        state=plan.state,
        outcome=plan.outcome,
        stopped=plan.error.message if plan.error else None,
        total=f"${plan.total_usd}",
        title=plan.title,
        expires=to_short_time(plan.expires_at) if plan.state == "pending" else None,
        approve=plan.approval_url if plan.requires_human_approval else None,
        blocked=plan.blocked_by,
    )
    print_table(
        ("step", "operation", "price", "state", "job"),
        ((s.key, s.operation, f"${s.price_usd}", s.state, s.job_id) for s in plan.steps),
    )


@command(
    storyboards,
    "import",
    example="killatamata storyboards import board.md --project proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF",
)
def import_storyboard(
    session: Session,
    file: Annotated[str, typer.Argument(help="Markdown or Fountain; - is stdin.")],
    project: Annotated[
        str | None,
        typer.Option(help="Create a new one in this project.", autocompletion=complete_projects),
    ] = None,
    asset: Annotated[
        str | None,
        typer.Option(
            help="Save as a new version of this one.", autocompletion=complete_storyboards
        ),
    ] = None,
) -> None:
    """Import a storyboard from a text."""
    boards = session.client.studio.storyboards
    if (project is None) == (asset is None):
        exit_with_message("Give either --project or --asset.")
    text = read_text(file)
    etag = None if asset is None else boards.get(asset).etag
    imported = boards.import_text(text, project_id=project, asset_id=asset, etag=etag)
    for warning in imported.warnings:
        session.print_note(f"line {warning.line}: {warning.message}")
    session.print_line(imported, imported.asset_id)


@command(
    storyboards,
    "export",
    example="killatamata storyboards export ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF > board.md",
)
def export_storyboard(session: Session, asset: Board) -> None:
    """Print a storyboard as Markdown."""
    exported = session.client.studio.storyboards.export_markdown(asset)
    session.print_result(exported, lambda: print(exported.markdown, end=""), [exported.markdown])


@command(
    storyboards,
    "render",
    example="killatamata storyboards render ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF --takes 2",
)
def render_storyboard(
    session: Session,
    asset: Board,
    shot: Annotated[list[str] | None, typer.Option(help="Only this shot; repeatable.")] = None,
    takes_per_shot: Annotated[
        int, typer.Option("--takes", min=1, max=4, help="Clips per shot.")
    ] = 1,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Also shots that already have a take.")
    ] = False,
) -> None:
    """Prepare a plan that renders the shots; `plans execute` runs it."""
    plan = session.client.studio.storyboards.prepare_render(
        asset, shot_ids=shot, mode="all" if every else "missing", takes_per_shot=takes_per_shot
    )
    session.print_result(plan, lambda: print_plan(plan), [plan.plan_id])
    session.print_note(f"To run it:  killatamata plans execute {plan.plan_id}")
