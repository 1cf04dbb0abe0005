"""Plain text: no control characters, but tab, line feed and carriage return are allowed."""

import re

_CONTROL = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
CONTROL = re.compile(f"[{_CONTROL}]")
PLAIN_TEXT_PATTERN = f"^[^{_CONTROL}]*$"
# A name of spaces alone would be an empty heading on every page that shows it.
NOT_BLANK_PATTERN = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"
