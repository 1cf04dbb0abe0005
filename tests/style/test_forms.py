"""Every form that posts has a place for its problems, in the shared way."""

import re

import pytest

from gateway.pages.render import ENVIRONMENT

FORM = re.compile(r'<form\b[^>]*method="post".*?</form>', re.DOTALL)
OUTSIDE = re.compile(r'<form\b[^>]*\bid="([\w-]+)"')
PLACE = re.compile(r"{{ problem_here\((.+?)\) }}")
TEXTS = {
    name: ENVIRONMENT.loader.get_source(ENVIRONMENT, name)[0]
    for name in ENVIRONMENT.list_templates(extensions=["html"])
    if ENVIRONMENT.loader
}
ANYWHERE = "".join(TEXTS.values())
SENT_ON = {"signed_out.html", "parts/side.html"}  # what comes back from another form; signing out


@pytest.mark.parametrize("template", TEXTS)
def test_every_form_that_posts_has_a_place_for_its_problem(template: str) -> None:
    for form in FORM.findall(TEXTS[template]) if template not in SENT_ON else ():
        beside = OUTSIDE.match(form)
        placed = beside and f'form="{beside[1]}") }}}}' in ANYWHERE
        assert placed or len(PLACE.findall(form)) == 1, form[:200]


@pytest.mark.parametrize("template", TEXTS)
def test_every_wrong_field_takes_the_focus(template: str) -> None:
    """The first of a page has it; a group of fields cannot, its first field does."""
    for before, after in re.findall(r'([^<]*<[^<]*) aria-invalid="true"(.{10})', TEXTS[template]):
        own = after.startswith(" autofocus") or " autofocus" in before
        assert own or "<fieldset" in before, before
