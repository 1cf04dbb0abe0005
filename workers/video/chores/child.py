"""The child process of chores, the small work around an engine: fit anchors, clean outputs.

Run as `python -I -m workers.video.chores.child` with `{"chores": [{"do": name, ...}]}` on stdin.
The last line is `{"done": {"answers": [...]}}`: one answer a chore, null where it has none.
"""

from importlib import import_module

from workers.processes.confinement import ChildError, emit_line, run_child
from workers.video.chores.chore_forms import Chore, ChoreAnswer, ChoreList

_FILM, _PICTURE = "workers.video.chores.film_chores", "workers.video.chores.picture_chores"
# The module of each chore, which has a function of its name. It is imported by name and only when
# it is needed: chores on pictures would else wait for the import of the film tools.
CHORE_MODULES = {
    "fit_picture": _PICTURE,
    "fit_mask": _PICTURE,
    "finish_picture": _PICTURE,
    "finish_film": _FILM,
    "finish_sound": "workers.video.chores.sound_chores",
    "cut_sound": _FILM,
    "take_frames": _FILM,
    "look_at_film": _FILM,
    "cut_segment": _FILM,
}


def do_chore(chore: Chore) -> ChoreAnswer | None:
    """Do one chore in this process and return its answer, None where it has none.

    Raises:
        ChildError: there is no such chore, or it cannot be done.
    """
    name = chore["do"]
    if name not in CHORE_MODULES:
        raise ChildError(f"there is no chore {name}")
    answer: ChoreAnswer | None = getattr(import_module(CHORE_MODULES[name]), name)(chore)
    return answer


def main(spec: ChoreList) -> None:
    """Do the chores and answer."""
    emit_line({"done": {"answers": [do_chore(chore) for chore in spec["chores"]]}})


if __name__ == "__main__":
    run_child(main)
