"""Acts that operators can do on their pages: verbs of the command line, each with a form."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway.operator import (
    accounts,
    codes,
    deliveries,
    jobs,
    keys,
    mails,
    nodes,
    payments,
    shares,
    teams,
    top_ups,
)
from gateway.operator.acts import OperatorOrder

FormFields = Mapping[str, str]
ActWork = Callable[[OperatorOrder, str, FormFields], Awaitable[Mapping[str, object]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActField:
    """A field of an act's form, and the name of its words; with options it is a choice."""

    name: str
    words: str
    value: str = ""
    options: Sequence[str] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act: the words of its button, its consequence, and the page of its target.

    An act that makes something has no target. `shown_once` names a field of its outcome that is
    shown this once, and not kept.
    """

    words: str
    tells: str
    place: str
    work: ActWork
    asks: Sequence[ActField] = ()
    danger: bool = False
    has_target: bool = True
    shown_once: str = ""

    def back(self, target: str) -> str:
        """Return the path of the page that shows the target."""
        return self.place.format(target=target)


ACCOUNT_PATH, JOB_PATH = "/admin/accounts/{target}", "/admin/jobs/{target}"
CASE_FIELD = ActField(name="reference", words="case.reference", value="operator")
BOOK_FIELD = ActField(name="book", words="book", options=("live", "test"))
TICKET_FIELD = ActField(name="reference", words="reference")
SAME_REFERENCE_NOTE = "The same reference never moves money twice."


def _grant_credit(
    order: OperatorOrder, account_id: str, fields: FormFields
) -> Awaitable[Mapping[str, object]]:
    return accounts.grant_credit(
        order,
        account_id,
        credit_usd=fields["creditUsd"],
        mode=fields["book"],
        reference=fields["reference"],
        days=_parse_days(fields["days"]),
    )


def _adjust_balance(
    order: OperatorOrder, account_id: str, fields: FormFields
) -> Awaitable[Mapping[str, object]]:
    return accounts.adjust_balance(
        order,
        account_id,
        amount_usd=fields["amountUsd"],
        mode=fields["book"],
        reference=fields["reference"],
    )


def _create_code(
    order: OperatorOrder, _target: str, fields: FormFields
) -> Awaitable[Mapping[str, object]]:
    uses = fields["uses"]
    if not uses.isdecimal() or len(uses) > 7:  # noqa: PLR2004 - a million has 7 digits
        raise ValueError("the uses must be a whole number")
    return codes.create_code(
        order,
        credit_usd=fields["creditUsd"],
        mode=fields["book"],
        uses=int(uses),
        word=fields["word"],
        last_day=fields["lastDay"],
        first_purchase=fields["firstPurchase"] == "yes",
        least_purchase_usd=fields["leastPurchaseUsd"],
        days=_parse_days(fields["days"]),
        note=fields["note"],
    )


def _parse_days(text: str) -> int:
    if not text.isdecimal() or len(text) > 4:  # noqa: PLR2004 - 27 years are enough
        raise ValueError("the days must be a whole number, at most 9999")
    return int(text)


ACTS: Mapping[str, Act] = {
    "account.freeze": Act(
        words="Freeze the account",
        tells="It can no longer spend in either mode. Running jobs finish.",
        place=ACCOUNT_PATH,
        asks=(CASE_FIELD,),
        danger=True,
        work=lambda order, target, given: accounts.freeze(order, target, given["reference"]),
    ),
    "account.unfreeze": Act(
        words="Lift the freeze",
        tells="If no other freeze remains, the account can spend again.",
        place=ACCOUNT_PATH,
        asks=(CASE_FIELD,),
        work=lambda order, target, given: accounts.unfreeze(order, target, given["reference"]),
    ),
    "account.grant": Act(
        words="Grant credit",
        tells=f"Promotional credit, spent before what was paid for. {SAME_REFERENCE_NOTE}",
        place=ACCOUNT_PATH,
        asks=(
            ActField(name="creditUsd", words="creditUsd"),
            BOOK_FIELD,
            ActField(name="days", words="act.days", value="90"),
            TICKET_FIELD,
        ),
        work=_grant_credit,
    ),
    "account.adjust": Act(
        words="Correct the balance",
        tells="A new transfer; it cannot take more than the available balance. "
        f"{SAME_REFERENCE_NOTE}",
        place=ACCOUNT_PATH,
        asks=(
            ActField(name="amountUsd", words="adjust.amountUsd"),
            BOOK_FIELD,
            TICKET_FIELD,
        ),
        danger=True,
        work=_adjust_balance,
    ),
    "code.create": Act(
        words="Create a credit code",
        tells="Whoever redeems it gets promotional credit, once for each person.",
        place="/admin/codes",
        has_target=False,
        shown_once="code",
        asks=(
            ActField(name="creditUsd", words="creditUsd"),
            BOOK_FIELD,
            ActField(name="uses", words="code.uses", value="1"),
            ActField(name="word", words="code.word", optional=True),
            ActField(name="lastDay", words="code.lastDay", optional=True),
            ActField(name="firstPurchase", words="code.firstPurchase", options=("no", "yes")),
            ActField(name="leastPurchaseUsd", words="code.leastPurchaseUsd", optional=True),
            ActField(name="days", words="act.days", value="90"),
            ActField(name="note", words="code.note", optional=True),
        ),
        work=_create_code,
    ),
    "code.disable": Act(
        words="Disable the code",
        tells="Nobody can redeem it from now on, and where it waits for a first purchase it is not "
        "credited. The credit that it gave stays.",
        place="/admin/codes/{target}",
        danger=True,
        work=lambda order, target, _: codes.disable_code(order, target),
    ),
    "topup.stop": Act(
        words="Stop auto top-up",
        tells="The saved card is removed and charged no more. The person gets an e-mail, and can"
        " turn it on again only after you release it.",
        place=ACCOUNT_PATH,
        asks=(BOOK_FIELD,),
        danger=True,
        work=lambda order, target, given: top_ups.stop_top_up(order, target, given["book"]),
    ),
    "topup.release": Act(
        words="Release auto top-up",
        tells="The person can turn it on again, with a card that they save then.",
        place=ACCOUNT_PATH,
        asks=(BOOK_FIELD,),
        work=lambda order, target, given: top_ups.release_top_up(order, target, given["book"]),
    ),
    "team.remove": Act(
        words="Remove the member",
        tells="Keys, apps, devices, sessions and waiting plans end at once. Running jobs finish.",
        place="/admin/audit?about={target}",
        danger=True,
        work=lambda order, target, _: teams.remove_member(order, target),
    ),
    "key.revoke": Act(
        words="Revoke the key",
        tells="Within five seconds it stops working everywhere, permanently.",
        place="/admin/accounts?find={target}",
        danger=True,
        work=lambda order, target, _: keys.revoke_key(order, target),
    ),
    "job.cancel": Act(
        words="Cancel the job",
        tells="It ends at once and costs nothing.",
        place=JOB_PATH,
        danger=True,
        work=lambda order, target, _: jobs.cancel(order, target),
    ),
    "job.requeue": Act(
        words="Queue the job again",
        tells="It leaves its worker, and the next free one takes it.",
        place=JOB_PATH,
        work=lambda order, target, _: jobs.requeue(order, target),
    ),
    "job.refund": Act(
        words="Refund the charge",
        tells="A new transfer returns everything that was charged, once.",
        place=JOB_PATH,
        work=lambda order, target, _: jobs.refund(order, target),
    ),
    "delivery.redeliver": Act(
        words="Send the webhook again",
        tells="It is sent at once under the same webhook-id; its retries start over.",
        place="/admin/outbox",
        work=lambda order, target, _: deliveries.resend_delivery(order, target),
    ),
    "mail.replay": Act(
        words="Retry the e-mail",
        tells="It is sent within seconds; e-mail that was given up gets another three days.",
        place="/admin/outbox",
        work=lambda order, target, _: mails.retry_mail(order, target),
    ),
    "event.replay": Act(
        words="Process the event again",
        tells="It is re-read from its provider and settled as if it had just arrived.",
        place="/admin/events",
        asks=(BOOK_FIELD,),
        work=lambda order, target, given: payments.replay_event(order, target, given["book"]),
    ),
    "checkout.credit": Act(
        words="Credit the payment",
        tells="The account gets the package as ordered.",
        place="/admin/dead",
        work=lambda order, target, _: payments.decide_payment(order, target, "credit"),
    ),
    "checkout.reject": Act(
        words="Reject the payment",
        tells="Nothing will ever be credited for it. Refund it where it was paid.",
        place="/admin/dead",
        danger=True,
        work=lambda order, target, _: payments.decide_payment(order, target, "reject"),
    ),
    "share.takedown": Act(
        words="Take the share down",
        tells="Its page and its files answer 404 at once. The result stays with its owner.",
        place="/admin/shares",
        danger=True,
        work=lambda order, target, _: shares.take_down_share(order, target),
    ),
    "share.restore": Act(
        words="Restore the share",
        tells="Its link works again, if it has not expired.",
        place="/admin/shares",
        work=lambda order, target, _: shares.restore_share(order, target),
    ),
    "share.dismiss": Act(
        words="Dismiss the reports",
        tells="All open reports of this share are decided; it stays.",
        place="/admin/shares",
        work=lambda order, target, _: shares.dismiss_reports(order, target),
    ),
    "share.feature": Act(
        words="Put it on the front page",
        tells="Everybody sees it there with its prompt and what it cost.",
        place="/admin/showcase",
        work=lambda order, target, _: shares.feature_share(order, target),
    ),
    "share.unfeature": Act(
        words="Take it off the front page",
        tells="Its link goes on working.",
        place="/admin/showcase",
        work=lambda order, target, _: shares.unfeature_share(order, target),
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
