"""No page speaks to programs: wire names, settings, ids and addresses of ours stand in code."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus

import httpx2
import pytest

from gateway.kit.errors import Problem, read_default_detail
from gateway.media.tasks.catalogue import TASKS, build_task_entry
from gateway.media.tasks.prices import PriceTable
from gateway.pages.docs.reference import ReferencePages
from gateway.pages.field_words import FIELDS, read_problem_words
from gateway.pages.person_words import reword_for_person
from gateway.pages.render import ENVIRONMENT
from tests.pages.filled_house import House, serve_filled_house
from tests.pages.page_reader import HTML, ID, Control, PageForm, PageReader, to_shape, walk_pages
from tests.style.source import ROOT

WIRE_WORD = re.compile(
    r"\b(?!kB\b)[a-z]+[A-Z]\w*|\b[a-z]+(?:_[a-z0-9]+)+\b|\bKT_\w*|\b(?:job|asset|film|step)://"
    r"|\b[a-z]{2,8}_[0-9A-Z]{20,}|\b(?:image|video|audio)\.[a-z]+\b"
)
FOR_PROGRAMS = re.compile(
    rf"{WIRE_WORD.pattern}|`|\b(?:GET|POST|PUT|PATCH|DELETE) /|[Ii]dempotency|Retry-After|If-Match"
)
STARTS = ("/create", "/films", "/waiting", "/dashboard", "/search?q=fox", "/login", "/no/such/page")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serve_filled_house(tmp_path_factory.mktemp("words")) as one:
        yield one


def walk_house(house: House) -> Iterator[tuple[str, httpx2.Response]]:
    """Yield the pages of the busy operator, of the other accounts, and of a stranger."""
    starts = (*STARTS, *house.paths, house.share)
    for account, more in ((house.busy, ("/admin",)), (house.frozen, ()), (house.empty, ())):
        with house.gateway.browser(account.account_id) as page:
            yield from walk_pages(page, (*starts, *more))
    with house.gateway.client() as stranger:
        yield from walk_pages(stranger, ("/", house.share))


def find_own_words(control: Control) -> list[str]:
    """Return the labels that a control of this name may have."""
    names = {control.name, *control.name.split("."), re.sub(r"-\d+$", "", control.name)}
    return [
        words.label for name, words in FIELDS.items() if {name, name.rpartition(".")[2]} & names
    ]


def list_problem_classes(kind: type[Problem] = Problem) -> Iterator[type[Problem]]:
    yield kind
    for each in kind.__subclasses__():
        yield from list_problem_classes(each)


def test_no_problem_that_a_page_can_show_speaks_to_programs() -> None:
    for kind in set(list_problem_classes()):
        problem = Problem(read_default_detail(kind), hint=kind.hint)
        shown = reword_for_person(problem)
        assert shown
        for text in (shown.detail, shown.next_step):
            assert not FOR_PROGRAMS.search(text), (kind.code, text)


def test_no_words_of_a_problem_are_left_of_one_that_is_gone() -> None:
    texts = {
        text for kind in list_problem_classes() for text in (read_default_detail(kind), kind.hint)
    }
    source = "".join(path.read_text() for path in (ROOT / "gateway/kit").rglob("*.py"))
    for words in read_problem_words().values():
        for text, shown in words.items():
            assert text in texts or text in source, text
            assert not FOR_PROGRAMS.search(shown), shown


def test_ids_and_addresses_in_a_problem_become_what_they_name() -> None:
    job = f"job_{'0' * 26}"
    problem = Problem(f"{job} is running.", hint=f"Use job://{job}/0 or send `waitSeconds` again.")
    shown = reword_for_person(problem)
    assert shown
    assert shown.detail == "The job is running."
    limit = Problem("The total is $3.00, above the limit given with maxTotalUsd.")
    assert "with “Maximum cost”." in (reword_for_person(limit) or limit).detail
    assert not FOR_PROGRAMS.search(shown.next_step)


def test_the_reference_sets_words_of_the_wire_as_code() -> None:
    prices, document = PriceTable(), json.loads((ROOT / "docs/openapi.json").read_text())
    pages = ReferencePages(document, [build_task_entry(task, prices) for task in TASKS.values()])
    more = {"markdown": "", "explorer": True}
    values = [("docs/reference.html", pages.build_whole())]
    values += [
        ("docs/operation_page.html", pages.build_operation(name)) for name in pages.operation_ids
    ]
    values += [("docs/task_page.html", pages.build_task(name)) for name in pages.task_names]
    for template, each in values:
        page = PageReader(ENVIRONMENT.get_template(template).render(**each, **more))
        wrong = [text for text in page.texts if WIRE_WORD.search(text)]
        assert not wrong, (template, wrong[:3])


@pytest.mark.slow
def test_no_page_speaks_to_programs_and_every_field_has_its_words(house: House) -> None:
    wrong: dict[str, str] = {}
    count = 0
    for path, answer in walk_house(house):
        count += 1
        page = PageReader(answer.text)
        for text in page.texts:
            if WIRE_WORD.search(text):
                wrong.setdefault(f"says {text[:200]!r}", path)
        said = "\n".join(page.texts)
        for control in (each for form in page.forms for each in form.list_visible()):
            labels = find_own_words(control)
            if not any(re.sub(r"\{.*", "", label) in said for label in labels):
                wrong.setdefault(f"field {control.name!r} is called none of {labels}", path)
    assert not wrong, "\n".join(f"{path}: {words}" for words, path in wrong.items())
    assert count > 150, count


WRONG_TEXTS = ("\x01", " ", "9" * 21_000)
TEXT_KINDS = {"text", "textarea", "email", "url", "date", "number", "search"}
AS_MARKUP = re.compile(r"(?s)<form\b.*?</form>")
PROBLEM_MARK = re.compile(r'id="problem"|class="wrong"')


def list_forms_to_fill(house: House, page: httpx2.Client) -> dict[str, PageForm]:
    """Return each form that posts something a person fills in, by its name on its page."""
    forms: dict[str, PageForm] = {}
    for _, answer in walk_pages(page, (*STARTS, *house.paths, house.share, "/admin")):
        for form in PageReader(answer.text).forms:
            if form.method == "post" and {each.kind for each in form.list_visible()} & TEXT_KINDS:
                name = form.build_body()["formAt"].partition("#")[2]
                forms.setdefault(f"{to_shape(form.action)} {ID.sub('ID', name)}", form)
    return forms


def has_problem_inside(html: str, form: PageForm) -> bool:
    """Return True if a problem stands in the form of this name, or is said to belong to it."""
    mark = f'#{form.build_body()["formAt"].partition("#")[2]}"'
    for found in PROBLEM_MARK.finditer(html):
        around = [
            each for each in AS_MARKUP.finditer(html) if each.start() < found.start() < each.end()
        ]
        beside = html[max(0, found.start() - 600) : found.start()]
        own = f'id="{form.id}"' if form.id else mark
        if (
            any(mark in each[0] or own in each[0] for each in around)
            or f'form="{form.id}"' in beside
        ):
            return True
    return False


def send_wrongly(page: httpx2.Client, form: PageForm) -> httpx2.Response:
    """Send a form with text that it cannot take: by its first button, else by the next."""
    buttons = [each for each in form.controls if each.kind == "button"]
    texts = [each.name for each in form.list_visible() if each.kind in TEXT_KINDS]
    for pressed in buttons or [Control("step", "button", "")]:
        for text in WRONG_TEXTS:
            body = {pressed.name: pressed.value} | form.build_body() | dict.fromkeys(texts, text)
            answer = page.post(form.action, data=body, headers=HTML)
            if answer.status_code >= HTTPStatus.BAD_REQUEST:
                return answer
    return answer


@pytest.mark.slow
def test_a_refused_form_shows_its_problem_inside_itself(house: House) -> None:
    wrong = []
    with house.gateway.browser(house.busy.account_id) as page:
        forms = list_forms_to_fill(house, page)
        for name, form in forms.items():
            answer = send_wrongly(page, form)
            if answer.status_code < HTTPStatus.BAD_REQUEST:
                wrong.append(f"{name} takes everything")
                continue
            if not has_problem_inside(answer.text, form):
                wrong.append(f"{name} shows its problem elsewhere")
            texts = PageReader(answer.text).texts
            wrong += [f"{name} says {each!r}" for each in texts if WIRE_WORD.search(each)]
    assert not wrong, "\n".join(wrong)
    assert len(forms) > 20, list(forms)
