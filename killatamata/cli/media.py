"""Media commands: `tasks`, `quote`, `run`, and the short forms of `run`."""

import json
import mimetypes
from pathlib import Path
from typing import Annotated, Any

import typer

from killatamata.cli import fields
from killatamata.cli.job_run import RunOptions, parse_media_reference, print_warnings, run_job
from killatamata.cli.session import Session, command, exit_with_message
from killatamata.cli.terminal import errors, output, print_pairs, print_table, to_plain_text
from killatamata.frames import MOST_FRAMES, OVERLAP_FRAMES, take_trailing
from killatamata.types import TaskShown
from killatamata.wire import JsonObject

app = typer.Typer()
CURRENT_FOLDER, DEFAULT_KIND = "./", "image"
Task = Annotated[str, typer.Argument(help="Such as image.generate; see `tasks`.")]
Words = Annotated[
    list[str] | None, typer.Argument(help="key=value, key:=JSON, key@FILE", metavar="K=V…")
]
Input = Annotated[str | None, typer.Option("--input", help="JSON file with the input; - is stdin.")]


@command(app, "tasks")
def tasks(
    session: Session, task: Annotated[str | None, typer.Argument(help="Only this.")] = None
) -> None:
    """List the tasks, or the fields of one task."""
    described = session.client.tasks(task)
    if task is None:
        rows = ((each.task, each.title, _to_state_text(each)) for each in described)
        session.print_result(described, lambda: print_table(("task", "makes", "state"), rows))
    else:
        session.print_result(described[0], lambda: _print_task(described[0]))


def _to_state_text(task: TaskShown) -> str:
    return task.capacity.modes.test if task.enabled else "not enabled"


def _print_task(task: TaskShown) -> None:
    output.print(to_plain_text(f"{task.task}: {task.description}"))
    required = task.input_schema.get("required", [])
    rows = (
        (
            f"{name}{'*' * (name in required)}",
            " or ".join(fields.describe_values(field, task.input_schema)),
            "" if field.get("default") in (None, "") else json.dumps(field["default"]),
            field.get("description"),
        )
        for name, field in task.input_schema["properties"].items()
    )
    print_table(("field", "values", "default", "meaning"), rows)
    example = json.dumps(task.example, ensure_ascii=False)
    print_pairs(price=task.price.formula, example=example)


@command(app, "quote")
def quote(session: Session, task: Task, words: Words = None, source: Input = None) -> None:
    """Show the exact price of a job, valid for 15 minutes; nothing is held."""
    priced = session.client.quote(task, input=_read_task_input(session, task, words, source))
    for item in priced.items:
        print_warnings(item.warnings)
    line = f"${priced.total_usd} until {priced.expires_at} as {priced.quote_id}"
    session.print_result(priced, lambda: output.print(to_plain_text(line)))


@command(app, "run")
def run(
    session: Session, run_options: RunOptions, task: Task, words: Words = None, source: Input = None
) -> None:
    """Submit a job, wait, and save what it made."""
    run_job(session, run_options, task, _read_task_input(session, task, words, source))


@command(app, "generate")
def generate(
    session: Session,
    run_options: RunOptions,
    prompt: Annotated[str, typer.Argument(help="What it is to be, as one paragraph.")],
    words: Words = None,
    task: Annotated[
        str, typer.Option(help="Such as video.generate; see `tasks`.")
    ] = "image.generate",
) -> None:
    """Make a picture, or what another task makes, from a prompt and save it here."""
    _run_and_save(session, run_options, task, words, prompt=prompt)


@command(app, "edit")
def edit(
    session: Session,
    run_options: RunOptions,
    image: Annotated[str, typer.Argument(help="A file, a job or a URL.", metavar="PICTURE")],
    prompt: Annotated[str, typer.Argument(help="What to change.")],
    words: Words = None,
) -> None:
    """Change a picture with a prompt and save it here."""
    _run_and_save(
        session, run_options, "image.edit", words, prompt=prompt, **_to_image_input(image)
    )


@command(app, "upscale")
def upscale(
    session: Session,
    run_options: RunOptions,
    source: Annotated[str, typer.Argument(help="A file, a job or a URL.", metavar="MEDIA")],
    words: Words = None,
) -> None:
    """Make a picture or a clip larger and save it here."""
    form, value = parse_media_reference(source)
    if form == "jobId":
        outputs = session.client.jobs.get(value).outputs
        kind = outputs[0].kind if outputs else DEFAULT_KIND
    else:
        kind = (mimetypes.guess_type(str(value))[0] or DEFAULT_KIND).partition("/")[0]
    media_field = _to_clip_input(source) if kind == "video" else _to_image_input(source)
    _run_and_save(session, run_options, f"{kind}.upscale", words, **media_field)


@command(app, "combine")
def combine(
    session: Session,
    run_options: RunOptions,
    clips: Annotated[list[str], typer.Argument(help="Files, jobs or URLs, in order.")],
) -> None:
    """Join clips into one and save it here."""
    _run_and_save(
        session, run_options, "video.combine", None, clips=[_to_clip_input(each) for each in clips]
    )


@command(app, "frames")
def frames(
    session: Session,
    clip: Annotated[str, typer.Argument(help="A file or a job.", metavar="CLIP")],
    last: Annotated[
        int, typer.Option(min=1, max=MOST_FRAMES, help="How many; 1, 9, 17 or 25 are used whole.")
    ] = OVERLAP_FRAMES,
    out: Annotated[
        str | None, typer.Option("--output", "-o", help="A folder; if not given, CLIP-frames/.")
    ] = None,
) -> None:
    """Save the last frames of a clip as lossless WebP, to continue it with."""
    form, value = parse_media_reference(clip)
    if form == "url":
        exit_with_message(f"{clip} is neither a file nor a job; download it first.")
    folder = Path(out or f"{Path(value).stem}-frames")
    if form == "jobId":
        files = session.client.jobs.take_trailing_frames(value, last, folder)
    else:
        files = take_trailing(value, last, folder)
    saved = {"files": [str(file) for file in files]}
    session.print_result(saved, lambda: output.print(to_plain_text("\n".join(saved["files"]))))
    words = f'killatamata run video.generate prompt="…" overlapFrameImages@{folder}/'
    errors.print(to_plain_text(f"Continue with: {words}"))


def _run_and_save(
    session: Session,
    run_options: RunOptions,
    task: str,
    words: list[str] | None,
    **task_fields: Any,  # noqa: ANN401 - fields of the task
) -> None:
    """Run a task with these fields and those of the words; save to `./` by default."""
    run_options.out = run_options.out or CURRENT_FOLDER
    word_fields = _read_task_input(session, task, words, None) if words else {}
    if twice := task_fields.keys() & word_fields.keys():
        exit_with_message(f"{', '.join(twice)} is given twice.")
    run_job(session, run_options, task, task_fields | word_fields)


def _to_image_input(word: str) -> dict[str, str | Path]:
    form, value = parse_media_reference(word)
    if form == "file":
        return {"image": value}
    return {"imageUrl": f"job://{value}/0" if form == "jobId" else value}


def _to_clip_input(word: str) -> dict[str, str | Path]:
    form, value = parse_media_reference(word)
    return {{"file": "video", "url": "videoUrl"}.get(form, form): value}


def _read_task_input(
    session: Session, task: str, words: list[str] | None, source: str | None
) -> JsonObject:
    schema = session.client.tasks(task)[0].input_schema if words else {}
    return fields.read_input(words or [], schema, source)
