"""A progress bar of a wait or an upload: rich in a terminal, plain in a notebook, else nothing."""

import sys
from html import escape
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias

from killatamata.local_media import UploadProgress
from killatamata.notebook import find_shell
from killatamata.types import Job, Plan

if TYPE_CHECKING:
    from rich.progress import Progress

MISSING_RICH = "A progress bar in a terminal needs rich: pip install 'killatamata[cli]'"
WHOLE = 100
News: TypeAlias = Job | Plan | UploadProgress


class ProgressBar:
    """Shows how far jobs, plans and uploads are: a callback for `on_progress` and `on_upload`.

        with ProgressBar() as bar:
            client.run("video.generate", prompt="a lamp", on_progress=bar, on_upload=bar)

    It writes to standard error, and nothing where that is no terminal; with `always` lines of text.
    A notebook shows a plain bar.

    Raises:
        ImportError: rich is needed, and the extra `cli` is not installed.
    """

    def __init__(self, *, always: bool = False) -> None:
        self._display = _choose_display(always=always)

    def __call__(self, news: News) -> None:
        """Show what has changed."""
        if self._display is not None:
            self._display.show(*_describe(news))

    def __enter__(self) -> Self:
        """Return the bar."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the bar as it is, and give the terminal back."""
        if self._display is not None:
            self._display.close()


class _Display(Protocol):
    """A place where a bar is shown."""

    def show(self, key: str, text: str, percent: int | None) -> None:
        """Show the bar of `key`; without percent its end is not known."""

    def close(self) -> None:
        """End the bars."""


class _TerminalBars:
    """Bars of rich; the last news of a bar leaves it complete on the screen."""

    def __init__(self) -> None:
        self._bars: Progress | None = None
        self._tasks: dict[str, Any] = {}

    def show(self, key: str, text: str, percent: int | None) -> None:
        """Draw the bars anew, without a thread of its own."""
        bars = self._bars or self._open()
        if key not in self._tasks:
            self._tasks[key] = bars.add_task(text, total=None)
        total = None if percent is None else WHOLE
        bars.update(self._tasks[key], description=text, total=total, completed=percent or 0)
        bars.refresh()
        if all(each.finished for each in bars.tasks):
            self.close()

    def close(self) -> None:
        """Leave the bars on the screen as they are."""
        if self._bars is not None:
            self._bars.stop()
        self._bars, self._tasks = None, {}

    def _open(self) -> "Progress":
        from rich import progress  # noqa: PLC0415 - an extra
        from rich.console import Console  # noqa: PLC0415 - an extra

        columns = (
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(),
            progress.TaskProgressColumn(),
            progress.TimeElapsedColumn(),
        )
        console = Console(stderr=True)
        self._bars = progress.Progress(
            *columns,
            console=console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._bars.start()
        console.show_cursor(True)  # noqa: FBT003 - rich's; an error may leave the bar unclosed
        return self._bars


class _NotebookBar:
    """One output of a cell for each bar, changed in place."""

    def __init__(self) -> None:
        self._handles: dict[str, Any] = {}

    def show(self, key: str, text: str, percent: int | None) -> None:
        """Show a bar, or change it."""
        value = "" if percent is None else f' value="{percent}"'
        html = f'<progress max="{WHOLE}"{value}></progress> {escape(text)}'
        told = text if percent is None else f"{text} {percent}%"
        bundle = {"text/html": html, "text/plain": told}
        if key in self._handles:
            self._handles[key].update(bundle, raw=True)
            return
        display = sys.modules["IPython"].display.display
        self._handles[key] = display(bundle, raw=True, display_id=True)

    def close(self) -> None:
        """Leave the bars as they are; the next ones are new."""
        self._handles = {}


class _Lines:
    """Lines of text, for a log."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def show(self, key: str, text: str, percent: int | None) -> None:
        """Write a line, if it says anything new."""
        line = text if percent is None else f"{text} {percent}%"
        if self._told.get(key) != line:
            self._told[key] = line
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    def close(self) -> None:
        """Forget what was told."""
        self._told = {}


def _choose_display(*, always: bool) -> _Display | None:
    if _is_notebook():
        return _NotebookBar()
    if not sys.stderr.isatty():
        return _Lines() if always else None
    try:
        import rich  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise ImportError(MISSING_RICH) from error
    return _TerminalBars()


def _is_notebook() -> bool:
    """Return True in the kernel of a notebook, which can change what it has shown."""
    shell = find_shell()
    return shell is not None and hasattr(shell, "kernel")


def _describe(news: News) -> tuple[str, str, int | None]:
    """Return what tells one bar from another, its text, and how far it is in percent."""
    if isinstance(news, UploadProgress):
        percent = WHOLE * news.sent_bytes // news.total_bytes if news.total_bytes else WHOLE
        return f"upload {news.name}", f"upload {news.name}", percent
    if isinstance(news, Plan):
        taken = [each.percent for each in news.steps if each.percent is not None]
        is_ended = news.outcome not in {None, "running"}
        percent = WHOLE if is_ended else sum(taken) // len(taken) if taken else 0
        return news.plan_id, f"{news.title}: {news.outcome or news.state}", percent
    if news.finished_at is not None:
        return news.id, f"{news.task}: {news.status}", WHOLE
    stage = news.progress.stage if news.progress else None
    told = news.progress.percent if news.progress else None
    return news.id, f"{news.task}: {stage or news.status}", told
