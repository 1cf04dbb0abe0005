"""Ideas for films: a few sentences become the shots of a new storyboard. Pure."""

from gateway.kit.wire.json_text import JsonObject
from gateway.pages.films.script import split_idea
from gateway.studio.storyboards.normal_form import MOST_TITLE_CHARACTERS, UNTITLED

MOST_TITLE_WORDS = 4
SMALL_WORDS = frozenset(
    {
        "a",
        "an",
        "and",
        "at",
        "by",
        "for",
        "from",
        "in",
        "its",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
    }
)
SENTENCE_MARKS = " \t.,;:!?…\"'"


def name_idea(sentence: str) -> str:
    """Return a title for an idea: its first words, without a dangling article or preposition."""
    words = sentence.strip(SENTENCE_MARKS).split()[:MOST_TITLE_WORDS]
    while len(words) > 1 and words[-1].lower() in SMALL_WORDS:
        words.pop()
    title = " ".join(words).rstrip(SENTENCE_MARKS)[:MOST_TITLE_CHARACTERS]
    return f"{title[:1].upper()}{title[1:]}" or UNTITLED


def build_idea_document(idea: str) -> JsonObject:
    """Return the storyboard of an idea: one scene, a shot for each sentence.

    Raises:
        InvalidInput: there are no sentences, or too many.
    """
    sentences = split_idea(idea)
    shots = [{"id": f"shot_{number}", "action": words} for number, words in enumerate(sentences, 1)]
    return {"title": name_idea(sentences[0]), "scenes": [{"id": "scene_1", "shots": shots}]}
