"""The checkboxes of a plan: what a form showed, what is checked now, words about the rest. Pure.

The gateway closes a selection over what needs what; here stands only which steps a person asks for.
A step that was left out because it needs an unchecked one is asked for still: once that one is
checked again, it comes back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.pages.answers import PlanAnswer, StepAnswer
from gateway.pages.studio.plan_words import join_names, to_name_in_sentence

CHECKED_PREFIX = "step."  # a checkbox: step.STEP_ID
SHOWN_FIELD = "shownSteps"  # the ids that were checked when the form was rendered
LEFT_OUT_FIELD = "leftOutSteps"  # the ids that were left out then, though asked for


@dataclass(frozen=True, slots=True)
class StepForm:
    """The steps of a form by id: checked now, and checked or left out when it was rendered.

    `shown_ids` is None for a form that does not say what it showed.
    """

    checked_ids: list[str]
    shown_ids: list[str] | None
    left_out_ids: list[str]

    @property
    def is_changed(self) -> bool:
        """Return True if other steps are checked than the price of the form was for."""
        return self.shown_ids is not None and set(self.checked_ids) != set(self.shown_ids)

    def build_query(self) -> dict[str, str]:
        """Build the parameters that ask for this selection, closed so that it can run.

        Where some were unchecked as well, nothing is brought back: that could be one of them.
        """
        shown_ids = self.checked_ids if self.shown_ids is None else self.shown_ids
        unchecked = [each for each in shown_ids if each not in self.checked_ids]
        added = [each for each in self.checked_ids if each not in shown_ids]
        asked = dict.fromkeys([*self.checked_ids, *self.left_out_ids])
        return {
            "closure": "1",
            "stepIds": ",".join(each for each in asked if each not in unchecked),
            "checkedStepIds": "" if unchecked else ",".join(added),
        }


@dataclass(frozen=True, slots=True)
class Selection:
    """The ids of the steps that would run, and of those left out or brought back, with reasons.

    `needs_by_left_out_id`: the unchecked steps that one needs. `users_by_added_id`: the checked
    steps that need one.
    """

    step_ids: list[str]
    needs_by_left_out_id: Mapping[str, Sequence[str]]
    users_by_added_id: Mapping[str, Sequence[str]]

    def describe_changes(self, names: Mapping[str, str], form: StepForm | None) -> str:
        """Describe what was left out or came back, and why; `names` are those of steps by id.

        `form` is the one that asked for this selection, if there is one.
        """
        left_out = _group_by_reason(self.needs_by_left_out_id)
        added = _group_by_reason(self.users_by_added_id)
        seen = self.step_ids if form is None else [*form.checked_ids, *self.users_by_added_id]
        returned = [each for each in self.step_ids if each not in seen]

        def begin(ids: Sequence[str]) -> str:
            named = join_names([names[each].lower() for each in ids])
            return named[0].upper() + named[1:]

        def go_on(ids: Sequence[str]) -> str:
            return join_names([to_name_in_sentence(names[each]) for each in ids])

        sentences = [
            f"{begin(ids)} left out: {'they need' if len(ids) > 1 else 'it needs'} {go_on(needs)}."
            for needs, ids in left_out.items()
        ]
        sentences += [
            f"{begin(ids)} {'are' if len(ids) > 1 else 'is'} back: {go_on(users)} "
            f"{'need' if len(users) > 1 else 'needs'} {'them' if len(ids) > 1 else 'it'}."
            for users, ids in added.items()
        ]
        if returned:
            sentences.append(f"{begin(returned)} {'are' if len(returned) > 1 else 'is'} back.")
        return " ".join(sentences)


def read_step_form(steps: Sequence[StepAnswer], form: Mapping[str, str]) -> StepForm:
    """Read the checkboxes of a form; ids that are no steps of the plan are passed over."""
    ids = [step["stepId"] for step in steps]

    def pick(names: str) -> list[str]:
        named = names.split(",")
        return [each for each in ids if each in named]

    return StepForm(
        checked_ids=[each for each in ids if f"{CHECKED_PREFIX}{each}" in form],
        shown_ids=pick(form[SHOWN_FIELD]) if SHOWN_FIELD in form else None,
        left_out_ids=pick(form.get(LEFT_OUT_FIELD, "")),
    )


def read_selection(plan: PlanAnswer) -> Selection:
    """Read the selection of a plan; all steps, if it was read without one."""
    if "selection" not in plan:
        return Selection([step["stepId"] for step in plan["steps"]], {}, {})
    closed = plan["selection"]
    return Selection(
        closed["stepIds"],
        {each["stepId"]: each["needs"] for each in closed["dropped"] if each["needs"]},
        {each["stepId"]: each["neededBy"] for each in closed["added"]},
    )


def list_changed_ids(form: StepForm, selection: Selection) -> set[str]:
    """Return the steps whose rows the browser shows otherwise than they are now."""
    checked = set(form.checked_ids) ^ set(selection.step_ids)
    return checked | {*form.left_out_ids} | {*selection.needs_by_left_out_id}


def _group_by_reason(reasons: Mapping[str, Sequence[str]]) -> dict[tuple[str, ...], list[str]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for step_id, why in reasons.items():
        groups.setdefault(tuple(why), []).append(step_id)
    return groups
