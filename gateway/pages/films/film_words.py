"""Films in words: how long, how far, what is missing."""

import re
import unicodedata
from dataclasses import dataclass

from gateway.studio.films.schemas import FilmHead

SECONDS_A_MINUTE = 60
MOST_NAME_WORDS, MOST_NAME_CHARACTERS = 6, 48
NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class FilmCard:
    """A film as its card shows it."""

    film: FilmHead
    words: str
    state: str

    @property
    def is_finished(self) -> bool:
        """Return True if there is a film to watch."""
        return self.film.final_output is not None


def describe_film(film: FilmHead) -> FilmCard:
    """Return the card of a film."""
    length = "" if film.seconds is None else f" · {format_length(film.seconds)}"
    return FilmCard(film, f"{count_words(film.shot_count, 'shot')}{length}", describe_state(film))


def describe_state(film: FilmHead) -> str:
    """Return where a film stands, in a few words."""
    missing = len(film.missing_shots)
    if not film.shot_count:
        return "Empty"
    if film.final_output is not None:
        return "Finished" if not missing else f"Finished, {count_words(missing, 'new shot')}"
    if missing == film.shot_count:
        return "Script"
    return f"{count_words(missing, 'shot')} to make" if missing else "Ready to join"


def format_length(seconds: float) -> str:
    """Format a length for people: 4.5 s, 1:05."""
    if round(seconds) < SECONDS_A_MINUTE:
        return f"{round(seconds, 1):g} s"
    minutes, rest = divmod(round(seconds), SECONDS_A_MINUTE)
    return f"{minutes}:{rest:02d}"


def count_words(count: int, noun: str) -> str:
    """Return a count with its noun: 1 shot, 3 shots."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def format_clock(seconds: float) -> str:
    """Format a place in a film: 0:04."""
    minutes, rest = divmod(int(seconds), SECONDS_A_MINUTE)
    return f"{minutes}:{rest:02d}"


def build_filename(title: str) -> str:
    """Return the name of a film's file: the-hatch.mp4."""
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    words = [word for word in NOT_IN_NAMES.split(plain) if word][:MOST_NAME_WORDS]
    return f"{'-'.join(words)[:MOST_NAME_CHARACTERS].strip('-') or 'film'}.mp4"
