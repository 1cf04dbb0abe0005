"""File names of downloads: a few words of the prompt, for people; paths keep ids."""

import re

from gateway.kit.search_text import fold_text
from gateway.library.kinds import EXTENSIONS

MOST_WORDS, MOST_CHARACTERS = 6, 48
MOST_READ = 400
WORD = re.compile(r"[a-z0-9]+")
FALLBACK_NAMES = {"image": "picture", "video": "video", "audio": "sound"}
# Windows opens a device under these names, whatever the extension.
DEVICE_NAMES = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
)


def build_download_name(words: str, *, kind: str, mime_type: str, index: int, count: int) -> str:
    """Return the file name of an output, such as `fox-astronaut-2.png`.

    It has at most six words and 48 ASCII characters. `words` are the output's name or its prompt;
    without a Latin letter or digit in them it is named by its kind. Outputs of a job that made
    several are numbered from 1.
    """
    number = f"-{index + 1}" if index or count > 1 else ""
    ending = f"{number}.{EXTENSIONS[mime_type]}"
    slug = "-".join(WORD.findall(fold_text(words[:MOST_READ]).replace("'", ""))[:MOST_WORDS])
    slug = slug[: MOST_CHARACTERS - len(ending)].rstrip("-")
    fallback = FALLBACK_NAMES.get(kind, kind)
    if slug in DEVICE_NAMES:
        slug = f"{fallback}-{slug}"
    return f"{slug or fallback}{ending}"
