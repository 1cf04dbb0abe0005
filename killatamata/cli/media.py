"""Media commands: `tasks`, `quote`, `run`, and the short forms of `run`."""

import json
import mimetypes
from pathlib import Path
from typing import Annotated, Any

import typer

from killatamata.cli import fields
from killatamata.cli.completion import complete_tasks, complete_words
from killatamata.cli.job_run import RunOptions, parse_media_reference, print_warnings, run_job
from killatamata.cli.session import Session, command, exit_with_message
from killatamata.cli.task_schema import describe_values
from killatamata.cli.terminal import (
    STDIN,
    output,
    print_pairs,
    print_table,
    to_plain_text,
    to_short_time,
)
from killatamata.frames import MOST_FRAMES, OVERLAP_FRAMES, take_trailing
from killatamata.types import TaskShown
from killatamata.wire import JsonObject

app = typer.Typer()
CURRENT_FOLDER, DEFAULT_KIND = "./", "image"
MATROSKA = b"\x1a\x45\xdf\xa3"
PICTURE_BRANDS = {b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"}
MEDIA_HELP = "A file, - for stdin, a job or a URL."
Task = Annotated[
    str,
    typer.Argument(help="Such as image.generate; see `tasks`.", autocompletion=complete_tasks),
]
Words = Annotated[
    list[str] | None,
    typer.Argument(
        help="key=value, key:=JSON, key@FILE, key@- for stdin",
        metavar="K=V…",
        autocompletion=complete_words,
    ),
]
Input = Annotated[str | None, typer.Option("--input", help="JSON file with the input; - is stdin.")]


@command(app, "tasks", example="killatamata tasks image.generate")
def tasks(
    session: Session,
    task: Annotated[
        str | None, typer.Argument(help="Only this.", autocompletion=complete_tasks)
    ] = None,
) -> None:
    """List the tasks, or the fields of one task."""
    described = session.client.tasks(task)
    if task is None:
        rows = ((each.task, each.title, _to_state_text(each)) for each in described)
        session.print_rows(described, ("task", "makes", "state"), rows)
    else:
        names = described[0].input_schema["properties"]
        session.print_result(described[0], lambda: _print_task(described[0]), names)


def _to_state_text(task: TaskShown) -> str:
    return task.capacity.modes.test if task.enabled else "not enabled"


def _print_task(task: TaskShown) -> None:
    output.print(to_plain_text(f"{task.task}: {task.description}"))
    required = task.input_schema.get("required", [])
    rows = (
        (
            f"{name}{'*' * (name in required)}",
            " or ".join(describe_values(field, task.input_schema)),
            "" if field.get("default") in (None, "") else json.dumps(field["default"]),
            field.get("description"),
        )
        for name, field in task.input_schema["properties"].items()
    )
    print_table(("field", "values", "default", "meaning"), rows)
    example = json.dumps(task.example, ensure_ascii=False)
    print_pairs(price=task.price.formula, example=example)


@command(app, "quote", example='killatamata quote image.generate prompt="a lighthouse" count=4')
def quote(session: Session, task: Task, words: Words = None, source: Input = None) -> None:
    """Show the exact price of a job, valid for 15 minutes; nothing is held."""
    priced = session.client.quote(task, input=_read_task_input(session, task, words, source))
    for item in priced.items:
        print_warnings(session, item.warnings)
    line = f"${priced.total_usd} until {to_short_time(priced.expires_at)} as {priced.quote_id}"
    session.print_line(priced, line, priced.quote_id)


@command(
    app,
    "run",
    example='cat fox.png | killatamata run image.edit prompt="at night" image@- -o night.png',
)
def run(
    session: Session, run_options: RunOptions, task: Task, words: Words = None, source: Input = None
) -> None:
    """Submit a job, wait, and save what it made."""
    run_job(session, run_options, task, _read_task_input(session, task, words, source))


@command(app, "generate", example='killatamata generate "a lighthouse" width=1024 -o tower.png')
def generate(
    session: Session,
    run_options: RunOptions,
    prompt: Annotated[str, typer.Argument(help="What it is to be, as one paragraph.")],
    words: Words = None,
    task: Annotated[
        str,
        typer.Option(help="Such as video.generate; see `tasks`.", autocompletion=complete_tasks),
    ] = "image.generate",
) -> None:
    """Make a picture, or what another task makes, from a prompt and save it here."""
    _run_and_save(session, run_options, task, words, prompt=prompt)


@command(app, "edit", example='killatamata edit tower.png "make it night"')
def edit(
    session: Session,
    run_options: RunOptions,
    image: Annotated[str, typer.Argument(help=MEDIA_HELP, metavar="PICTURE")],
    prompt: Annotated[str, typer.Argument(help="What to change.")],
    words: Words = None,
) -> None:
    """Change a picture with a prompt and save it here."""
    _run_and_save(
        session,
        run_options,
        "image.edit",
        words,
        prompt=prompt,
        **_to_image_input(*parse_media_reference(image)),
    )


@command(app, "upscale", example="killatamata upscale tower.png scale=2")
def upscale(
    session: Session,
    run_options: RunOptions,
    source: Annotated[str, typer.Argument(help=MEDIA_HELP, metavar="MEDIA")],
    words: Words = None,
) -> None:
    """Make a picture or a clip larger and save it here."""
    form, value = parse_media_reference(source)
    kind = _find_kind(session, form, value)
    media_field = _to_image_input(form, value) if kind != "video" else _to_clip_input(form, value)
    _run_and_save(session, run_options, f"{kind}.upscale", words, **media_field)


def _find_kind(session: Session, form: str, value: Any) -> str:  # noqa: ANN401 - path, bytes or text
    if form == "jobId":
        outputs = session.client.jobs.get(value).outputs
        return outputs[0].kind if outputs else DEFAULT_KIND
    if isinstance(value, bytes):
        return "video" if value.startswith(MATROSKA) or is_mp4(value) else DEFAULT_KIND
    return (mimetypes.guess_type(str(value))[0] or DEFAULT_KIND).partition("/")[0]


def is_mp4(data: bytes) -> bool:
    """Return True for MP4 and QuickTime; AVIF and HEIC are pictures in the same container."""
    return data[4:8] == b"ftyp" and data[8:12] not in PICTURE_BRANDS


@command(app, "combine", example="killatamata combine first.mp4 second.mp4 -o film.mp4")
def combine(
    session: Session,
    run_options: RunOptions,
    clips: Annotated[list[str], typer.Argument(help="Files, - for stdin, jobs or URLs, in order.")],
) -> None:
    """Join clips into one and save it here."""
    references = [_to_clip_input(*parse_media_reference(each)) for each in clips]
    _run_and_save(session, run_options, "video.combine", None, clips=references)


@command(app, "frames", example="killatamata frames lamp.mp4 --last 9")
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
    if clip == STDIN:
        exit_with_message("Frames are taken from a file or a job: save the clip first.")
    form, value = parse_media_reference(clip)
    if form == "url":
        exit_with_message(f"{clip} is neither a file nor a job; download it first.")
    folder = Path(out or f"{Path(value).stem}-frames")
    if form == "jobId":
        files = session.client.jobs.take_trailing_frames(value, last, folder)
    else:
        files = take_trailing(value, last, folder)
    saved = {"files": [str(file) for file in files]}
    session.print_line(saved, "\n".join(saved["files"]))
    words = f'killatamata run video.generate prompt="…" overlapFrameImages@{folder}/'
    session.print_note(f"Continue with: {words}")


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


def _to_image_input(form: str, value: str | Path | bytes) -> dict[str, str | Path | bytes]:
    if form == "file":
        return {"image": value}
    return {"imageUrl": f"job://{value!s}/0" if form == "jobId" else value}


def _to_clip_input(form: str, value: str | Path | bytes) -> dict[str, str | Path | bytes]:
    return {{"file": "video", "url": "videoUrl"}.get(form, form): value}


def _read_task_input(
    session: Session, task: str, words: list[str] | None, source: str | None
) -> JsonObject:
    schema = session.client.tasks(task)[0].input_schema if words else {}
    return fields.read_input(words or [], schema, source)
