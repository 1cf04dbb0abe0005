"""Ideas for films: a few sentences become the shots of a new storyboard. Pure."""

from gateway.kit.wire.json_text import JsonObject
from gateway.pages.films.script import split_idea
from gateway.studio.storyboards.normal_form import MOST_TITLE_CHARACTERS, UNTITLED

MOST_TITLE_WORDS = 6
SENTENCE_MARKS = " \t.,;:!?…\"'"


def name_idea(sentence: str) -> str:
    """Return a title for an idea: its first words."""
    words = sentence.strip(SENTENCE_MARKS).split()
    title = " ".join(words[:MOST_TITLE_WORDS]).rstrip(SENTENCE_MARKS)[:MOST_TITLE_CHARACTERS]
    return f"{title[:1].upper()}{title[1:]}" or UNTITLED


def build_idea_document(idea: str) -> JsonObject:
    """Return the storyboard of an idea: one scene, a shot for each sentence.

    Raises:
        InvalidInput: there are no sentences, or too many.
    """
    sentences = split_idea(idea)
    shots = [{"id": f"shot_{number}", "action": words} for number, words in enumerate(sentences, 1)]
    return {"title": name_idea(sentences[0]), "scenes": [{"id": "scene_1", "shots": shots}]}
