"""Mails of budgets: what was crossed, of which budget, and what the reader can do."""

from collections.abc import Sequence

from gateway.identity.accounts.identities import find_account_email, list_account_emails
from gateway.identity.keys.keys import list_all_account_keys
from gateway.identity.teams.memberships import list_members
from gateway.kit.database.sessions import Session
from gateway.kit.http.browser import Site
from gateway.kit.money import render_usd
from gateway.ledger.accounts.owners import get_account_book
from gateway.library.projects import list_project_names
from gateway.mail.letters import build_letter
from gateway.mail.outbox import Mailer
from gateway.payments.billing.billing_details import find_billing_email
from gateway.spending.budget_rules import CrossedThreshold
from gateway.spending.schemas import format_month
from gateway.spending.states import BudgetSubject
from gateway.spending.tables import Budget

ADVICE = {
    BudgetSubject.ACCOUNT: ("To stop spending at an amount, set a limit on each API key", "/keys"),
    BudgetSubject.KEY: ("To stop this key at an amount, set a limit on it", "/keys"),
    BudgetSubject.MEMBER: (
        "To stop this member at an amount, lower their limits, or remove them from the team",
        "/settings/team",
    ),
    BudgetSubject.PROJECT: (
        "A project has no limit of its own: set one on the API keys that work in it",
        "/keys",
    ),
}


async def queue_budget_mail(
    session: Session,
    mailer: Mailer,
    site: Site,
    *,
    account_id: str,
    budget: Budget,
    crossed: Sequence[CrossedThreshold],
) -> None:
    """Queue the mail about the thresholds that a budget crossed in one month.

    It goes to the billing address of the account; without one, to all its addresses.
    """
    book = await get_account_book(session, budget.account_id)
    subject = await describe_budget_subject(session, account_id, budget)
    billing_email = await find_billing_email(session, account_id)
    emails = [billing_email] if billing_email else await list_account_emails(session, account_id)
    month, last = format_month(crossed[0].month), crossed[-1]
    amount = f"${render_usd(budget.amount_microusd)}"
    *others, highest = [f"{each.percent} %" for each in crossed]
    percents = f"{', '.join(others)} and {highest}" if others else highest
    play = "" if book == "live" else ", of play money"
    advice, path = ADVICE[budget.subject]
    lines = [
        f"In {month} the spending of {subject} passed {percents} of its budget of {amount}{play}.",
        f"A budget only tells you: jobs go on. {advice}: {site.public_url}{path}?mode={book}",
    ]
    test = "" if book == "live" else "TEST, play money: "
    for email in emails:
        mail = build_letter(
            to=email,
            subject=f"{test}{last.percent} % of the budget for {subject} is spent",
            lines=lines,
            highlight=f"${render_usd(last.spent_microusd)} of {amount}",
            link=f"{site.public_url}/usage?mode={book}#budgets",
        )
        await mailer.send_later(session, mail)


async def describe_budget_subject(session: Session, account_id: str, budget: Budget) -> str:
    """Describe what a budget is for, in one line, by the name that its account gave it."""
    subject_id = budget.subject_id
    if budget.subject is BudgetSubject.KEY:
        keys = await list_all_account_keys(session, account_id)
        labels = {key.id: key.label for key in keys}
        return f"the API key “{to_one_line(labels.get(subject_id, subject_id))}”"
    if budget.subject is BudgetSubject.MEMBER:
        people = {row.id: row.person_id for row in await list_members(session, account_id)}
        person_id = people.get(subject_id)
        email = person_id and await find_account_email(session, person_id)
        return f"the member {email}" if email else "a member who left"
    if budget.subject is BudgetSubject.PROJECT:
        names = await list_project_names(session, budget.account_id, [subject_id])
        return f"the project “{to_one_line(names.get(subject_id, subject_id))}”"
    return "the whole account"


def to_one_line(name: str) -> str:
    """Return a name without line breaks: the subject of a mail must have none."""
    return " ".join(name.split())
