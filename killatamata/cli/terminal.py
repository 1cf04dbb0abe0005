"""Terminal output: results on stdout, progress and questions on stderr.

rich draws tables and bars, and is loaded for these alone: most commands print lines.
"""

import base64
import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress

    from killatamata.types import Job

CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
PIPE_WIDTH = 240
STDIN = "-"
INLINE_IMAGE_TERMINALS = {"iTerm.app", "WezTerm"}


def is_plain() -> bool:
    """Return True if no escape sequence may be printed: `NO_COLOR`, or a dumb terminal."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


def build_console(*, stderr: bool) -> "Console":
    """Build a console; in a pipe or a file it is 240 wide, so that no column is cut off."""
    from rich.console import Console  # noqa: PLC0415 - loads slowly

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(
        stderr=stderr,
        width=width,
        # Rich's own NO_COLOR leaves bold and dim in; without a color system it writes no escapes.
        color_system=None if is_plain() else "auto",
        highlight=False,
        soft_wrap=True,
    )


class _Lines:
    """Lines on the current stdout or stderr, which tests and typer replace."""

    def __init__(self, *, stderr: bool) -> None:
        self._stderr = stderr

    def print(self, text: str) -> None:
        """Print a text and end the line."""
        print(text, file=sys.stderr if self._stderr else sys.stdout, flush=True)


output, errors = _Lines(stderr=False), _Lines(stderr=True)


def to_plain_text(words: object) -> str:
    """Return text from outside without control characters.

    A prompt or a file name could else move the cursor or rewrite what the terminal shows.
    """
    return CONTROL_CHARACTERS.sub("", str(words))


def clean_for_terminal(text: str) -> str:
    """Return a text without control characters if stdout is a terminal; a pipe gets it whole."""
    return CONTROL_CHARACTERS.sub("", text) if sys.stdout.isatty() else text


def render_json(value: object) -> str:
    """Render a JSON document on one line, without a control character that a terminal obeys."""
    text = json.dumps(value, ensure_ascii=False)
    return CONTROL_CHARACTERS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def to_short_time(moment: datetime | str | None) -> str | None:
    """Cut a time of the API to the second."""
    if isinstance(moment, datetime):
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return moment and re.sub(r"\.[0-9]+(?=Z$)", "", moment)


def print_paged(*parts: "RenderableType") -> None:
    """Print to stdout, through `$PAGER` or less where it is longer than the terminal.

    A part that is a text is printed as it is: what stands in brackets is no markup.
    """
    from rich.pager import SystemPager  # noqa: PLC0415 - loads slowly
    from rich.text import Text  # noqa: PLC0415 - as the line above

    console = build_console(stderr=False)
    drawn = [Text(each) if isinstance(each, str) else each for each in parts]
    if not sys.stdout.isatty():
        console.print(*drawn, sep="\n")
        return
    with console.capture() as captured:
        console.print(*drawn, sep="\n")
    text = captured.get()
    if text.count("\n") < console.height:
        print(text, end="")
        return
    os.environ.setdefault("LESS", "FRX")  # as git does: colors, and the text stays on the screen
    SystemPager().show(text)


def print_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in columns, or that there are none."""
    from rich.table import Table  # noqa: PLC0415 - loads slowly
    from rich.text import Text  # noqa: PLC0415 - as the line above

    grid = Table(*head, box=None, pad_edge=False, header_style="bold")
    cells = [*rows]
    if not cells:
        errors.print("nothing")
        return
    for row in cells:
        grid.add_row(*(Text(to_plain_text("" if cell is None else cell)) for cell in row))
    print_paged(grid)


def print_pairs(**values: object) -> None:
    """Print names and values, without the empty ones."""
    from rich.table import Table  # noqa: PLC0415 - loads slowly
    from rich.text import Text  # noqa: PLC0415 - as the line above

    grid = Table(box=None, pad_edge=False, show_header=False)
    for name, value in values.items():
        if value not in (None, "", [], {}):
            words = ", ".join(map(str, value)) if isinstance(value, list) else value
            grid.add_row(Text(name.replace("_", " "), style="dim"), Text(to_plain_text(words)))
    print_paged(grid)


def print_picture(file: Path) -> None:
    """Show a picture in a terminal that can; the caller prints its path in any case."""
    if (
        is_plain()
        or not sys.stdout.isatty()
        or file.suffix not in {".png", ".jpg", ".jpeg", ".webp"}
    ):
        return
    if not file.is_file():
        return  # reading from a pipe would wait for another writer
    data = base64.b64encode(file.read_bytes()).decode()
    if os.environ.get("TERM_PROGRAM") in INLINE_IMAGE_TERMINALS:
        print(f"\x1b]1337;File=inline=1;width=40:{data}\a")
    elif os.environ.get("KITTY_WINDOW_ID") and file.suffix == ".png":
        parts = [data[at : at + 4096] for at in range(0, len(data), 4096)]
        for number, part in enumerate(parts, 1):
            head = "a=T,f=100,c=40," if number == 1 else ""
            print(f"\x1b_G{head}m={int(number < len(parts))};{part}\x1b\\", end="")
        print()


class JobProgress:
    """Follows a job on stderr: a bar on a terminal, else one line for each change."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._bar: Progress | None = None
        self._line = ""
        self._quiet = quiet
        if sys.stderr.isatty() and not quiet and not is_plain():
            self._bar = _build_bar()
            self._row = self._bar.add_task("submitted", total=100, price="")

    def __enter__(self) -> Self:
        """Start the bar."""
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, job: "Job") -> None:
        """Show the progress of the job."""
        if self._quiet:
            return
        progress = job.progress
        stage = progress.stage if progress is not None and progress.stage else job.status
        percent = (progress.percent if progress is not None else None) or 0
        if job.status == "succeeded":
            percent = 100
        eta_seconds = progress.eta_seconds if progress is not None else None
        eta = f"  {eta_seconds} s left" if eta_seconds else ""
        if self._bar is not None:
            price = f"${job.billing.price_usd} held{eta}"
            words = f"{job.task} {stage}"
            self._bar.update(self._row, description=words, completed=percent, price=price)
            return
        attempt = f" (attempt {job.attempt})" if (job.attempt or 0) > 1 else ""
        line = f"{job.id} {stage}{f' {percent}%' if progress is not None else ''}{eta}{attempt}"
        if line != self._line:
            self._line = line
            errors.print(to_plain_text(line))


def _build_bar() -> "Progress":
    from rich.progress import (  # noqa: PLC0415 - loads slowly
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[price]}"),
        console=build_console(stderr=True),
        transient=True,
    )
