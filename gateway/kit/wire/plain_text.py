"""Plain text: no control characters, but tab, line feed and carriage return are allowed."""

import re

_CONTROL_RANGES = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
CONTROL_CHARACTER = re.compile(f"[{_CONTROL_RANGES}]")
PLAIN_TEXT_PATTERN = f"^[^{_CONTROL_RANGES}]*$"
# A name of spaces alone would be an empty heading on every page that shows it.
NOT_BLANK_PATTERN = rf"^[^{_CONTROL_RANGES}]*[^\s{_CONTROL_RANGES}][^{_CONTROL_RANGES}]*$"


def shorten_text(text: str, most: int) -> str:
    """Return the words of a text in one line, its end cut off after so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most].rstrip()}…"
