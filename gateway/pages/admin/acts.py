"""Acts that operators can do on their pages: verbs of the command line, each with a form."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway.operator import accounts, deliveries, jobs, keys, mails, nodes, payments
from gateway.operator.acting import OperatorOrder

Given = Mapping[str, str]
Work = Callable[[OperatorOrder, str, Given], Awaitable[Mapping[str, object]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A field of an act's form; with options it is a choice."""

    name: str
    label: str
    hint: str = ""
    value: str = ""
    options: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act: the words of its button, its consequence, and the page of its target."""

    words: str
    tells: str
    place: str
    work: Work
    asks: Sequence[Ask] = ()
    danger: bool = False

    def back(self, target: str) -> str:
        """Return the path of the page that shows the target."""
        return self.place.format(target=target)


ACCOUNT, JOB = "/admin/accounts/{target}", "/admin/jobs/{target}"
CASE = Ask(
    name="reference",
    label="Case",
    hint="Each freeze has a name; use it to lift the freeze.",
    value="operator",
)
BOOK = Ask(name="book", label="Book", options=("live", "test"))
TICKET = Ask(
    name="reference",
    label="Reference",
    hint="Your own reference, such as a ticket number: it moves money only once.",
)
ONCE = "The same reference never moves money twice."


def _grant(order: OperatorOrder, account_id: str, given: Given) -> Awaitable[Mapping[str, object]]:
    return accounts.grant(
        order,
        account_id,
        credit_usd=given["creditUsd"],
        mode=given["book"],
        reference=given["reference"],
        days=_days(given["days"]),
    )


def _adjust(order: OperatorOrder, account_id: str, given: Given) -> Awaitable[Mapping[str, object]]:
    return accounts.adjust(
        order,
        account_id,
        amount_usd=given["amountUsd"],
        mode=given["book"],
        reference=given["reference"],
    )


def _days(text: str) -> int:
    if not text.isdecimal() or len(text) > 4:  # noqa: PLR2004 - 27 years are enough
        raise ValueError("the days must be a whole number, at most 9999")
    return int(text)


ACTS: Mapping[str, Act] = {
    "account.freeze": Act(
        words="Freeze the account",
        tells="It can no longer spend in either mode. Running jobs finish.",
        place=ACCOUNT,
        asks=(CASE,),
        danger=True,
        work=lambda order, target, given: accounts.freeze(order, target, given["reference"]),
    ),
    "account.unfreeze": Act(
        words="Lift the freeze",
        tells="If no other freeze remains, the account can spend again.",
        place=ACCOUNT,
        asks=(CASE,),
        work=lambda order, target, given: accounts.unfreeze(order, target, given["reference"]),
    ),
    "account.grant": Act(
        words="Grant credit",
        tells=f"Promotional credit, spent before what was paid for. {ONCE}",
        place=ACCOUNT,
        asks=(
            Ask(name="creditUsd", label="Dollars"),
            BOOK,
            Ask(name="days", label="Days until it expires", hint="0 means never.", value="90"),
            TICKET,
        ),
        work=_grant,
    ),
    "account.adjust": Act(
        words="Correct the balance",
        tells=f"A new transfer; it cannot take more than the available balance. {ONCE}",
        place=ACCOUNT,
        asks=(Ask(name="amountUsd", label="Dollars, negative to take"), BOOK, TICKET),
        danger=True,
        work=_adjust,
    ),
    "key.revoke": Act(
        words="Revoke the key",
        tells="Within five seconds it stops working everywhere, permanently.",
        place="/admin/accounts?find={target}",
        danger=True,
        work=lambda order, target, _: keys.revoke(order, target),
    ),
    "job.cancel": Act(
        words="Cancel the job",
        tells="It ends at once and costs nothing.",
        place=JOB,
        danger=True,
        work=lambda order, target, _: jobs.cancel(order, target),
    ),
    "job.requeue": Act(
        words="Queue the job again",
        tells="It leaves its worker, and the next free one takes it.",
        place=JOB,
        work=lambda order, target, _: jobs.requeue(order, target),
    ),
    "job.refund": Act(
        words="Refund the charge",
        tells="A new transfer returns everything that was charged, once.",
        place=JOB,
        work=lambda order, target, _: jobs.refund(order, target),
    ),
    "delivery.redeliver": Act(
        words="Send the webhook again",
        tells="It is sent at once under the same webhook-id; its retries start over.",
        place="/admin/outbox",
        work=lambda order, target, _: deliveries.redeliver(order, target),
    ),
    "mail.replay": Act(
        words="Retry the e-mail",
        tells="It is sent within seconds; e-mail that was given up gets another three days.",
        place="/admin/outbox",
        work=lambda order, target, _: mails.replay(order, target),
    ),
    "event.replay": Act(
        words="Process the event again",
        tells="It is re-read from its provider and settled as if it had just arrived.",
        place="/admin/events",
        asks=(BOOK,),
        work=lambda order, target, given: payments.replay(order, target, given["book"]),
    ),
    "checkout.credit": Act(
        words="Credit the payment",
        tells="The account gets the package as ordered.",
        place="/admin/dead",
        work=lambda order, target, _: payments.resolve(order, target, "credit"),
    ),
    "checkout.reject": Act(
        words="Reject the payment",
        tells="Nothing will ever be credited for it. Refund it where it was paid.",
        place="/admin/dead",
        danger=True,
        work=lambda order, target, _: payments.resolve(order, target, "reject"),
    ),
    "node.drain": Act(
        words="Drain the node",
        tells="It gets no new jobs; running jobs finish.",
        place="/admin/nodes",
        work=lambda order, target, _: nodes.drain(order, target),
    ),
    "node.enable": Act(
        words="Enable the node",
        tells="It gets jobs again, and is checked at once.",
        place="/admin/nodes",
        work=lambda order, target, _: nodes.enable(order, target),
    ),
}
