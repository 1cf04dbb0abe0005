"""People with accounts, browsers and mailboxes, who invite each other to their teams."""

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.fakes.smtp import Inbox, read_mail_text
from tests.gateway import Client, Gateway
from tests.waiting import wait_for_condition

MEMBERS, INVITATIONS = "/api/v1/team/members", "/api/v1/team/invitations"
ACCOUNTS, SWITCH = "/api/v1/team/accounts", "/api/v1/team/switch"
KEYS = "/api/v1/keys"
LINK = re.compile(r"/team/invitation\?token=([A-Za-z0-9_-]+)")
NUMBERS = itertools.count(1)


@dataclass
class TeamPerson:
    """A person: their account, address, browser, and a client with a key of their own."""

    site: Gateway
    box: Inbox
    email: str
    own: Client
    web: httpx2.Client

    @property
    def account_id(self) -> str:
        return self.own.account_id

    def list_team(self) -> dict[str, Any]:
        """Return the people of the account that the browser works in."""
        answer = self.web.get(MEMBERS)
        assert answer.status_code == 200, answer.text
        team: dict[str, Any] = answer.json()
        return team

    def find_member(self, other: "TeamPerson") -> dict[str, Any]:
        """Return another person as this one sees them in the team."""
        found: list[dict[str, Any]] = self.list_team()["data"]
        (member,) = [each for each in found if each["email"] == other.email]
        return member

    def remove(self, other: "TeamPerson") -> httpx2.Response:
        """Remove another person from the team."""
        return self.web.delete(MEMBERS, params={"memberId": self.find_member(other)["id"]})

    def invite(self, email: str, role: str = "developer", **limits: str | None) -> dict[str, Any]:
        """Invite an address; return the invitation."""
        body: dict[str, Any] = {"email": email, "role": role}
        answer = self.web.post(INVITATIONS, json=body | ({"limits": limits} if limits else {}))
        assert answer.status_code == 201, answer.text
        invitation: dict[str, Any] = answer.json()
        return invitation

    def read_tokens(self) -> list[str]:
        """Return the tokens of all invitations that were mailed to this person, oldest first."""
        return read_tokens(self.box, self.email)

    def accept(self, token: str) -> httpx2.Response:
        """Accept the invitation of a token in the browser."""
        return self.web.post(f"{INVITATIONS}/accept", json={"token": token})

    def join(self, owner: "TeamPerson", role: str = "developer", **limits: str | None) -> str:
        """Join a team by invitation; return the id of the membership."""
        count = len(self.read_tokens())
        owner.invite(self.email, role, **limits)
        wait_for_condition(lambda: len(self.read_tokens()) > count)
        answer = self.accept(self.read_tokens()[-1])
        assert answer.status_code == 200, answer.text
        member_id: str = owner.find_member(self)["id"]
        return member_id

    def switch(self, account_id: str) -> httpx2.Response:
        """Let the browser work in another account."""
        return self.web.post(SWITCH, json={"accountId": account_id})

    def create_key(self, **fields: object) -> httpx2.Response:
        """Create a key in the account that the browser works in."""
        return self.web.post(KEYS, json={"label": "agent", "mode": "test", **fields})

    @contextmanager
    def open_key(self, **fields: object) -> Iterator[Client]:
        """Yield a client with a new key of the account that the browser works in."""
        answer = self.create_key(**fields)
        assert answer.status_code == 201, answer.text
        key = answer.json()["apiKey"]
        with self.site.client(key) as http:
            yield Client(http, key, self.account_id)


def read_tokens(box: Inbox, email: str) -> list[str]:
    """Return the tokens of the invitations that were mailed to an address, oldest first."""
    mails = [mail for mail in list(box.mails) if mail["To"] == email]
    return [match[1] for mail in mails if (match := LINK.search(read_mail_text(mail)))]


@contextmanager
def open_person(site: Gateway, box: Inbox, name: str) -> Iterator[TeamPerson]:
    """Yield a person with $5 of play credit and an address that no other test uses."""
    email = f"{name}.{next(NUMBERS)}@example.com"
    with site.account() as own, site.browser(own.account_id) as web:
        site.add_address(own.account_id, email)
        web.headers["X-Killatamata-Mode"] = "test"
        yield TeamPerson(site, box, email, own, web)
