"""Problems in a person's words: the labels of the form instead of wire names, and no patterns.

Operations speak to programs: they name a field as on the wire, and the pattern that a text must
match. `render_page` sends every problem through here, so no page can forget to.
"""

import re
from collections.abc import Collection

from gateway.kit.errors import IdempotencyConflict, InvalidInput, Problem
from gateway.pages.field_words import (
    BrokenRule,
    describe_broken_rule,
    find_field_words,
    format_field_name,
    read_problem_words,
)
from gateway.pages.wire_words import replace_references, speaks_to_programs

PROBLEM_WORDS = read_problem_words()
DETAILS, NEXT_STEPS = PROBLEM_WORDS["details"], PROBLEM_WORDS["next"]
USUAL_NEXT_STEP = NEXT_STEPS[InvalidInput.hint]
PATTERN_MARK = "It must match "
WIRE_NAME = re.compile(r"`(?:input\.|spendPolicy\.)?([a-z]\w*(?:\.\w+)*)`")
BARE_NAME = re.compile(r"(?<![\w`])[a-z]+[A-Z]\w*")
CAMEL_CASE = re.compile(r"[a-z][A-Z]")
PATH_PREFIXES = ("input.", "spendPolicy.")
# An answer was lost, and the form was changed before it was sent again under the same key.
EARLIER_PRESS_ARRIVED = IdempotencyConflict(
    "Your earlier press has arrived after all, with what the form held then. Nothing was done now.",
    hint="Press again to do this one too.",
)


def reword_for_person(problem: Problem | None) -> Problem | None:
    """Reword a problem for a person, in place, and return it.

    Rewording twice changes nothing: views do it for their fields before the page does it again.
    """
    if isinstance(problem, IdempotencyConflict) and problem.detail == IdempotencyConflict().detail:
        return EARLIER_PRESS_ARRIVED
    if problem is None:
        return None
    errors = problem.members.get("errors", ())
    fields = {each["field"] for each in errors} | {problem.field or ""}
    for each in errors:
        each["label"] = to_label(each["field"])
        each["sentence"] = _describe_error(each["field"], each["message"], fields)
    problem.next_step = _describe_next_step(problem.next_step, fields)
    path, message = problem.field or "", problem.detail.partition("` ")[2].removesuffix(".")
    broken = _find_broken_rule(path, message) if problem.detail.startswith(f"`{path}` ") else None
    if broken is not None:
        problem.detail = broken.sentence
        problem.next_step = broken.next or problem.next_step
    else:
        problem.detail = DETAILS.get(problem.detail) or _to_words(problem.detail, fields)
    return problem


def describe_for_person(text: str) -> str:
    """Return a text of the wire, such as the error of a job, in a person's words."""
    return DETAILS.get(text) or NEXT_STEPS.get(text) or _to_words(text, ())


def to_label(path: str) -> str:
    """Return the label of the field at a path; an item of a list gets its number, from 1."""
    numbers = [int(step) + 1 for step in path.split(".") if step.isdecimal()]
    label = format_field_name(_get_field_name(path))
    return f"{label} {numbers[-1]}" if numbers else label


def _get_field_name(path: str) -> str:
    *_, name = [step for step in path.split(".") if not step.isdecimal()] or [path]
    return name


def _find_broken_rule(path: str, message: str) -> BrokenRule | None:
    return describe_broken_rule(_get_field_name(path), to_label(path), message)


def _describe_next_step(hint: str, fields: Collection[str]) -> str:
    """Describe the next step; words that only a program can follow give way to the usual ones."""
    if (words := NEXT_STEPS.get(hint)) is not None:
        return words
    # The words before a pattern describe the field of the wire, not the one of the form.
    words = USUAL_NEXT_STEP if PATTERN_MARK in hint else _to_words(hint, fields)
    return USUAL_NEXT_STEP if speaks_to_programs(words) else words


def _describe_error(path: str, message: str, fields: Collection[str]) -> str:
    """Describe one of several problems in a sentence that names its field."""
    if (broken := _find_broken_rule(path, message)) is not None:
        return broken.sentence
    return f"“{to_label(path)}” {_to_words(message, fields)}."


def _to_words(text: str, fields: Collection[str]) -> str:
    def put_label(found: re.Match[str]) -> str:
        path = found[0].strip("`")
        if not (path in fields or path.startswith(PATH_PREFIXES) or CAMEL_CASE.search(found[1])):
            return found[0]
        return f"“{to_label(path)}”"

    def put_label_of_field(found: re.Match[str]) -> str:
        words = find_field_words(found[0])
        return f"“{words.label}”" if words else found[0]

    return replace_references(BARE_NAME.sub(put_label_of_field, WIRE_NAME.sub(put_label, text)))
