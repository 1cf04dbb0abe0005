"""The small work around an engine, done in a child: fit anchors, cut sound, clean outputs.

Run as `python -I -m workers.video.chores` with `{"chores": [{"do": name, ...}]}` on stdin; the
last line is `{"done": {"answers": [...]}}`, one answer a chore. Paths are text.
"""

from importlib import import_module

from workers.video.chore_forms import Answer, Chore, Chores
from workers.video.confine import ChildError, emit, run_child

# A picture never waits for the import of the film tools.
CHORES = {
    "fit_picture": "picture_chores",
    "fit_mask": "picture_chores",
    "finish_picture": "picture_chores",
    "finish_film": "film_chores",
    "finish_sound": "sound_chores",
    "cut_sound": "film_chores",
    "take_frames": "film_chores",
    "look_at_film": "film_chores",
    "cut_segment": "film_chores",
}


def do_chore(chore: Chore) -> Answer | None:
    """Do one chore and return its answer.

    Raises:
        ChildError: there is no such chore, or it cannot be done.
    """
    name = chore["do"]
    if name not in CHORES:
        raise ChildError(f"there is no chore {name}")
    answer: Answer | None = getattr(import_module(f"workers.video.{CHORES[name]}"), name)(chore)
    return answer


def _main(spec: Chores) -> None:
    emit({"done": {"answers": [do_chore(chore) for chore in spec["chores"]]}})


if __name__ == "__main__":
    run_child(_main)
