"""The first screen, `killatamata --help`, drawn without the library that draws the other helps.

People ask for it most, and loading typer, rich and all commands takes forty times as long as Python
itself. So this module imports nothing but `os` and `sys`. It draws exactly what typer would; a test
compares both. In a place that it does not know (a narrow terminal, Windows, variables that change
how rich draws) it draws nothing, and typer does.
"""

import os
import sys

USAGE = "killatamata [OPTIONS] COMMAND [ARGS]..."
ABOUT = "Killa Tamata: a prepaid gateway for AI media generation."
OPTIONS = {"version": "Say the version.", "help": "Show this message and exit."}
COMMANDS: dict[str, dict[str, str]] = {
    "Make media": {
        "tasks": "List the tasks, or the fields of one task.",
        "quote": "Show the exact price of a job, valid for 15 minutes; nothing is held.",
        "run": "Submit a job, wait, and save what it made.",
        "generate": "Make a picture, or what another task makes, from a prompt and save it here.",
        "edit": "Change a picture with a prompt and save it here.",
        "upscale": "Make a picture or a clip larger and save it here.",
        "combine": "Join clips into one and save it here.",
        "frames": "Save the last frames of a clip as lossless WebP, to continue it with.",
        "jobs": "List, follow, cancel and download jobs.",
    },
    "Results and the studio": {
        "outputs": "List, search, star, name and delete what jobs made.",
        "shares": "Share results by secret links.",
        "projects": "List and create projects.",
        "assets": "List and upload the files that the account keeps.",
        "storyboards": "Import, export and render storyboards.",
        "threads": "Talk with the agent of the studio.",
        "plans": "Look at, run and reject approval plans.",
    },
    "Account and credit": {
        "login": "Sign in, by approving in your browser or with a key, "
        "and store the key on this machine.",
        "logout": "Forget the key stored on this machine.",
        "whoami": "Show which key is used, where, and its scopes.",
        "balance": "Show the balance, and what running jobs hold.",
        "packages": "List the credit packages for sale.",
        "buy": "Buy credit by card: opens the payment page and waits until the credit arrives.",
        "usage": "Show usage, by UTC day, task, key, project or member.",
        "statement": "Show the statement of a month: opening balance, what moved it, "
        "closing balance.",
        "purchases": "List purchases of credit and print receipts.",
        "affiliates": "Earn by referrals: code, commissions, payouts.",
        "keys": "List, create, change, rotate and revoke API keys.",
    },
    "Tools": {
        "api": "Call any API operation; the raw answer is printed.",
        "doctor": "Check the configuration, the gateway and the key, and suggest fixes.",
        "completion": "Print a shell completion script; source it in your shell.",
        "man": "Write a manual page for each command, where man finds it.",
        "webhooks": "See the secret and the deliveries of webhooks, test and verify.",
        "mcp": "Serve the tools of a gateway to an MCP client over stdio (KT_API_KEY, or `login`).",
    },
    "Operators (killatamata-server)": {
        "serve": "Serve the gateway.",
        "worker": "Run the workers that Redis or Valkey wakes, until SIGTERM.",
        "facilitator": "Verify and settle x402 payments with a gas key of yours, until SIGTERM.",
        "migrate": "Bring the database to this version's schema.",
        "admin": "Operator commands; they need the database.",
    },
}
"""The first sentence of each command's own help, by panel and name."""
LEAST_WIDTH, USUAL_WIDTH = 60, 80
OTHER_DRAWINGS = (
    "FORCE_COLOR", "GITHUB_ACTIONS", "JPY_PARENT_PID", "PY_COLORS", "TERMINAL_WIDTH",
    "TTY_COMPATIBLE", "TTY_INTERACTIVE", "TYPER_USE_RICH", "_TYPER_FORCE_DISABLE_TERMINAL",
)  # fmt: skip
"""Variables with which typer or rich draw in another way."""
BOLD, DIM, NAME, TYPE, TYPE_EDGE, USAGE_WORD = "1", "2", "1;36", "1;33", "1;2;33", "1;33"


def print_first_screen() -> bool:
    """Print the first screen; return False where only typer knows how to draw it."""
    is_terminal, environment = sys.stdout.isatty(), os.environ
    width = _find_width()
    if (
        width < LEAST_WIDTH
        or os.name == "nt"
        or sys.stdout.encoding.lower() != "utf-8"
        or sys.argv[0].endswith("__main__.py")  # `python -m killatamata` has another name
        or environment.get("TERM") in {"dumb", "unknown"}
        or any(environment.get(name) for name in OTHER_DRAWINGS)
    ):
        return False
    has_color = is_terminal and not environment.get("NO_COLOR")
    try:
        sys.stdout.write("\n".join(draw_first_screen(width, has_color=has_color)) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # as of `| head`: the reader has seen enough
        sys.stdout = None  # else the interpreter flushes it at exit, and fails a second time
        sys.exit(1)
    return True


def draw_first_screen(width: int, *, has_color: bool) -> list[str]:
    """Draw the lines of the first screen for a terminal of this width."""

    def paint(style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if has_color and text else text

    def draw_panel(title: str, rows: list[str]) -> list[str]:
        top = paint(DIM, "╭─") + paint(DIM, f" {title} ")
        top += paint(DIM, "─" * (width - len(title) - 6)) + paint(DIM, "─╮")
        edge = paint(DIM, "│")
        return [
            top,
            *(f"{edge} {row} {edge}" for row in rows),
            paint(DIM, f"╰{'─' * (width - 2)}╯"),
        ]

    def draw_rows(name: str, words: str, name_width: int) -> list[str]:
        room = width - name_width - 6
        first, *others = _wrap(words, room)
        head = paint(NAME, name.ljust(name_width)) + paint(NAME, " ")
        below = paint(NAME, " " * (name_width + 1))
        return [f"{head} {first:{room}}", *(f"{below} {line:{room}}" for line in others)]

    blank, edge = paint(BOLD, " " * width), paint(BOLD, " ")
    usage = paint(USAGE_WORD, "Usage: ") + paint(BOLD, USAGE)
    usage += paint(BOLD, " " * (width - len(USAGE) - 9))
    lines = [blank, edge + usage + edge, blank, f" {ABOUT}".ljust(width), " " * width]
    kind = paint(TYPE_EDGE, "<") + paint(TYPE, "bool") + paint(TYPE_EDGE, ">")
    options = [
        f"{paint(NAME, '-')}{paint(NAME, f'-{name}')}{' ' * (15 - len(name))}{kind}  "
        f"{words.ljust(width - 29)}"
        for name, words in OPTIONS.items()
    ]
    lines += draw_panel("Options", options)
    name_width = max(len(name) for panel in COMMANDS.values() for name in panel)
    for title, panel in COMMANDS.items():
        rows = [row for name, words in panel.items() for row in draw_rows(name, words, name_width)]
        lines += draw_panel(title, rows)
    return [*lines, ""]


def _find_width() -> int:
    """Find the width of the terminal as rich does: `COLUMNS`, else of any standard stream."""
    if (columns := os.environ.get("COLUMNS", "")).isdigit():
        return int(columns)
    for stream in (0, 1, 2):
        try:
            if width := os.get_terminal_size(stream).columns:
                return width
        except OSError:
            continue
    return USUAL_WIDTH


def _wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of whole words."""
    lines = [""]
    for word in text.split():
        if len(f"{lines[-1]} {word}") > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".lstrip()
    return lines
