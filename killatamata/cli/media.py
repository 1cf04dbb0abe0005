"""Media commands: `tasks`, `quote`, `run`, and the short forms of `run`."""

import json
import mimetypes
from pathlib import Path
from typing import Annotated, Any

import typer

from killatamata.cli import fields
from killatamata.cli.running import Order, media, order, print_warnings
from killatamata.cli.session import Session, command, refuse
from killatamata.cli.showing import errors, output, pairs, plain, table
from killatamata.frames import MOST_FRAMES, OVERLAP_FRAMES, take_trailing
from killatamata.types import TaskShown
from killatamata.wire import JsonObject

app = typer.Typer()
HERE, PICTURE = "./", "image"
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
        rows = ((each.task, each.title, _state(each)) for each in described)
        session.show(described, lambda: table(("task", "makes", "state"), rows))
    else:
        session.show(described[0], lambda: _describe(described[0]))


def _state(task: TaskShown) -> str:
    return task.capacity.modes.test if task.enabled else "not enabled"


def _describe(task: TaskShown) -> None:
    output.print(plain(f"{task.task}: {task.description}"))
    required = task.input_schema.get("required", [])
    rows = (
        (
            f"{name}{'*' * (name in required)}",
            " or ".join(fields.values(field, task.input_schema)),
            "" if field.get("default") in (None, "") else json.dumps(field["default"]),
            field.get("description"),
        )
        for name, field in task.input_schema["properties"].items()
    )
    table(("field", "values", "default", "meaning"), rows)
    example = json.dumps(task.example, ensure_ascii=False)
    pairs(price=task.price.formula, example=example)


@command(app, "quote")
def quote(session: Session, task: Task, words: Words = None, source: Input = None) -> None:
    """Show the exact price of a job, valid for 15 minutes; nothing is held."""
    priced = session.client.quote(task, **_input(session, task, words, source))
    for item in priced.items:
        print_warnings(item.warnings)
    line = f"${priced.total_usd} until {priced.expires_at} as {priced.quote_id}"
    session.show(priced, lambda: output.print(plain(line)))


@command(app, "run")
def run(
    session: Session, asked: Order, task: Task, words: Words = None, source: Input = None
) -> None:
    """Submit a job, wait, and save what it made."""
    order(session, asked, task, _input(session, task, words, source))


@command(app, "generate")
def generate(
    session: Session,
    asked: Order,
    prompt: Annotated[str, typer.Argument(help="What it is to be, as one paragraph.")],
    words: Words = None,
    task: Annotated[
        str, typer.Option(help="Such as video.generate; see `tasks`.")
    ] = "image.generate",
) -> None:
    """Make a picture, or what another task makes, from a prompt and save it here."""
    _here(session, asked, task, words, prompt=prompt)


@command(app, "edit")
def edit(
    session: Session,
    asked: Order,
    image: Annotated[str, typer.Argument(help="A file, a job or a URL.", metavar="PICTURE")],
    prompt: Annotated[str, typer.Argument(help="What to change.")],
    words: Words = None,
) -> None:
    """Change a picture with a prompt and save it here."""
    _here(session, asked, "image.edit", words, prompt=prompt, **_picture(image))


@command(app, "upscale")
def upscale(
    session: Session,
    asked: Order,
    source: Annotated[str, typer.Argument(help="A file, a job or a URL.", metavar="MEDIA")],
    words: Words = None,
) -> None:
    """Make a picture or a clip larger and save it here."""
    form, value = media(source)
    if form == "jobId":
        outputs = session.client.jobs.get(value).outputs
        kind = outputs[0].kind if outputs else PICTURE
    else:
        kind = (mimetypes.guess_type(str(value))[0] or PICTURE).partition("/")[0]
    media_field = _clip(source) if kind == "video" else _picture(source)
    _here(session, asked, f"{kind}.upscale", words, **media_field)


@command(app, "combine")
def combine(
    session: Session,
    asked: Order,
    clips: Annotated[list[str], typer.Argument(help="Files, jobs or URLs, in order.")],
) -> None:
    """Join clips into one and save it here."""
    _here(session, asked, "video.combine", None, clips=[_clip(each) for each in clips])


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
    form, value = media(clip)
    if form == "url":
        refuse(f"{clip} is neither a file nor a job; download it first.")
    folder = Path(out or f"{Path(value).stem}-frames")
    if form == "jobId":
        files = session.client.jobs.take_trailing_frames(value, last, folder)
    else:
        files = take_trailing(value, last, folder)
    saved = {"files": [str(file) for file in files]}
    session.show(saved, lambda: output.print(plain("\n".join(saved["files"]))))
    words = f'killatamata run video.generate prompt="…" overlapFrameImages@{folder}/'
    errors.print(plain(f"Continue with: {words}"))


def _here(
    session: Session,
    asked: Order,
    task: str,
    words: list[str] | None,
    **given: Any,  # noqa: ANN401 - fields of the task
) -> None:
    """Run a task with these fields and those of the words; save to `./` by default."""
    asked.out = asked.out or HERE
    word_fields = _input(session, task, words, None) if words else {}
    if twice := given.keys() & word_fields.keys():
        refuse(f"{', '.join(twice)} is given twice.")
    order(session, asked, task, given | word_fields)


def _picture(word: str) -> dict[str, str | Path]:
    form, value = media(word)
    if form == "file":
        return {"image": value}
    return {"imageUrl": f"job://{value}/0" if form == "jobId" else value}


def _clip(word: str) -> dict[str, str | Path]:
    form, value = media(word)
    return {{"file": "video", "url": "videoUrl"}.get(form, form): value}


def _input(session: Session, task: str, words: list[str] | None, source: str | None) -> JsonObject:
    schema = session.client.tasks(task)[0].input_schema if words else {}
    return fields.read(words or [], schema, source)
