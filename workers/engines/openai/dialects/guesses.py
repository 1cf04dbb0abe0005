"""Guesses of what a model makes by its name, where no engines file says it."""

import re
from collections.abc import Mapping

_FILM_WORDS = re.compile(
    r"t2v|i2v|ti2v|video|wan-?2|ltx|mochi|cogvideo|hunyuanvideo|cosmos", re.IGNORECASE
)
_EDIT_WORDS = re.compile(r"edit|kontext|pix2pix|inpaint", re.IGNORECASE)
_START_FRAME_WORDS = re.compile(r"i2v|ti2v", re.IGNORECASE)


def guess_tasks_by_name(
    name: str, bindings: Mapping[str, frozenset[str]]
) -> Mapping[str, frozenset[str]]:
    """Return the tasks that a model of this name probably does, each with what it takes.

    A start frame is assumed only of a model that names it: the others would ignore it.
    """
    if _FILM_WORDS.search(name):
        task, without = "video.generate", {"startFrame"}
        if _START_FRAME_WORDS.search(name):
            without = set()
    else:
        task, without = ("image.edit" if _EDIT_WORDS.search(name) else "image.generate"), set()
    return {task: bindings[task] - without} if task in bindings else {}
