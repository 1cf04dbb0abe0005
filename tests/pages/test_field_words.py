"""Words of form fields: each has a label, and each rule that it can break has a sentence."""

import re

import pytest

from gateway.kit.errors import InvalidInput
from gateway.kit.money import USD_RULE
from gateway.kit.wire.validation import MESSAGES
from gateway.media.tasks.catalogue import TASKS, build_input_schema
from gateway.pages import field_words
from gateway.pages.field_words import FIELDS, describe_broken_rule, find_field_words
from gateway.pages.form_fields import build_form_fields
from gateway.pages.person_words import reword_for_person
from gateway.pages.render import ENVIRONMENT

CONTROL = re.compile(r"<(?:input|select|textarea)\b(?P<words>(?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*)>")
NAME = re.compile(r'\bname="([^"{]+)')
WIRE_WORD = re.compile(r"\b[a-z]+[A-Z]|\w_\w|://(?!example)|`")
GAP = re.compile(r"\{[^}]*\}")
PLACE = "here"


def list_templates() -> list[str]:
    return ENVIRONMENT.list_templates(extensions=["html"])


@pytest.mark.parametrize("template", list_templates())
def test_every_field_that_a_template_names_has_words(template: str) -> None:
    assert ENVIRONMENT.loader
    text = ENVIRONMENT.loader.get_source(ENVIRONMENT, template)[0]
    for control in CONTROL.finditer(text):
        if 'type="hidden"' not in control[0] and (name := NAME.search(control["words"])):
            assert find_field_words(name[1].rstrip(".-").split(".")[0]), name[1]


@pytest.mark.parametrize("task", TASKS)
def test_every_field_of_a_task_has_a_label_and_a_hint(task: str) -> None:
    for each in build_form_fields(build_input_schema(TASKS[task])):
        assert each.label, each.name
        assert each.words, each.name
        assert not each.accept or each.control == "clips" or each.placeholder, each.name


def test_every_rule_that_a_field_can_break_has_a_sentence() -> None:
    others = ("must not be blank", "must be true", "is not valid", USD_RULE)
    for message in {*MESSAGES.values(), *others, "must be an id: proj_ and 26 characters"}:
        said = describe_broken_rule("seed", "Seed", GAP.sub("7", message))
        assert said, message
        assert not GAP.search(said.sentence)


def test_a_sentence_of_the_field_goes_before_that_of_the_rule() -> None:
    said = describe_broken_rule("prompt", "Describe it", "is required")
    assert said
    assert said.sentence == "Describe what is to be made."
    problem = InvalidInput("`input.count` must be at most 4.", field="input.count")
    reworded = reword_for_person(reword_for_person(problem))
    assert reworded
    assert reworded.detail == "“How many” must be at most 4."


@pytest.mark.parametrize(
    "table",
    [
        {"hint": "no label"},
        {"label": "Seed", "hnt": "misspelt"},
        {"label": "Seed", "problems": {"too_biig": "no such rule"}},
    ],
)
def test_words_that_cannot_be_meant_are_refused_when_they_are_loaded(
    table: dict[str, object],
) -> None:
    with pytest.raises(ValueError, match=PLACE):
        field_words._build_words(PLACE, table)


def test_no_words_of_fields_speak_to_programs() -> None:
    for name, words in FIELDS.items():
        said = (words.label, words.hint, words.placeholder, *words.problems.values())
        for text in (*said, *words.options.values(), *words.placeholders.values()):
            assert not WIRE_WORD.search(text), (name, text)
