"""A gateway that sends mail, and three people."""

from collections.abc import Iterator

import pytest

from tests.fakes.smtp import Inbox, run_inbox
from tests.flows.teams.people import TeamPerson, open_person
from tests.gateway import Gateway, serve_gateway


@pytest.fixture(scope="package")
def box() -> Iterator[Inbox]:
    with run_inbox() as one:
        yield one


@pytest.fixture(scope="package")
def site(box: Inbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One gateway for all tests of teams."""
    with serve_gateway(tmp_path_factory.mktemp("teams") / "data", KT_SMTP_URL=box.url) as one:
        yield one


@pytest.fixture
def ana(site: Gateway, box: Inbox) -> Iterator[TeamPerson]:
    """The owner of the team."""
    with open_person(site, box, "ana") as one:
        yield one


@pytest.fixture
def bob(site: Gateway, box: Inbox) -> Iterator[TeamPerson]:
    """A person who joins the team."""
    with open_person(site, box, "bob") as one:
        yield one


@pytest.fixture
def eve(site: Gateway, box: Inbox) -> Iterator[TeamPerson]:
    """A stranger, or another member."""
    with open_person(site, box, "eve") as one:
        yield one
