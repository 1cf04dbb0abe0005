"""Admission: replay, hold, job row and the key's answer in one transaction, many at a time.

Many submits of one moment share a transaction, and each must be decided as if it were alone: no
balance below zero, no cap or limit exceeded, one job per idempotency key and quote item.

The order makes that safe. The accounts are locked first. Keys, caps and quote items are read after
it, in later statements: on PostgreSQL each statement has a fresh snapshot, so it sees what the last
holder of the lock committed; read before the lock, two twins would both find their key unused. Then
all units are decided in the order in which they came, and everything is written at once. A refusal
is an outcome that writes nothing.

After a lost connection the same units come again, and some may have been committed. A unit with a
key then finds its stored answer. A unit without one finds its job, and no answer is stored for it:
nobody could ask for it, and to write it was a fifth of an admission.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from gateway.kit import faults, idempotency
from gateway.kit.clock import SECOND, to_iso
from gateway.kit.database.sql import Tx, Write, sql
from gateway.kit.errors import ConcurrencyLimited, Problem
from gateway.kit.idempotency import KeyScope, StoredAnswer
from gateway.kit.wire.json_text import write_json
from gateway.ledger import transfers
from gateway.ledger.decisions import SpenderView
from gateway.ledger.policies import build_spender_read, spenders_from_rows
from gateway.media.errors import NoPrice
from gateway.media.inputs import input_files
from gateway.media.submits import quotes
from gateway.media.submits.accepted_answer import build_answer
from gateway.media.submits.price_withdrawals import build_withdrawal_read, withdrawals_from_rows
from gateway.media.submits.submit_request import Admission, Intent, NewJob

DISPATCH_DELAY = 5 * SECOND
Outcome: TypeAlias = NewJob | StoredAnswer | Problem

COUNT_QUEUED_JOBS = sql(
    """
    SELECT given.id, (SELECT count(*) FROM job
                      WHERE job.account_id = given.id AND job.state = 'queued'), (SELECT kt_now())
    FROM {rows}
    """,
    id="int",
)
SELECT_MADE_JOBS = sql(
    """
    SELECT job.id, job.created_at, item.place
    FROM {rows} JOIN job ON job.id = given.id LEFT JOIN quote_item AS item ON item.job_id = job.id
    """,
    id="text",
)
INSERT_JOBS = sql(
    """
    INSERT INTO job (id, account_id, book, key_id, request_id, task, queue, state, hold_id,
        price_microusd, price_version, fence, version, dispatch_after, created_at,
        queue_timeout_at, deadline_seconds, run_limit_seconds, overlap_frames,
        effective_input_json, adjustments_json, warnings_json, breakdown_json, inputs_json,
        metadata_json, project_id, quote_id, max_price_microusd, traceparent, webhook_json, family,
        parent_job_id, parent_index, relation, preset_ids, keep)
    SELECT given.id, given.account_id, given.book, given.key_id, given.request_id, given.task,
        given.queue, 'queued', given.hold_id, given.price, given.price_version, 0, 1,
        given.dispatch_after, given.created_at, given.queue_timeout_at, given.deadline_seconds,
        given.run_limit_seconds, given.overlap_frames, given.effective_input, given.adjustments,
        given.warnings, given.breakdown, given.inputs, given.metadata,
        given.project_id, given.quote_id, given.max_price, given.traceparent, given.webhook,
        given.family, given.parent_job_id, given.parent_index, given.relation, given.preset_ids,
        given.keep
    FROM {rows}
    """,
    id="text",
    account_id="int",
    book="text",
    key_id="text",
    request_id="text",
    task="text",
    queue="text",
    hold_id="text",
    price="int",
    price_version="text",
    dispatch_after="int",
    created_at="int",
    queue_timeout_at="int",
    deadline_seconds="int",
    run_limit_seconds="int",
    overlap_frames="int",
    effective_input="text",
    adjustments="text",
    warnings="text",
    breakdown="text",
    inputs="text",
    metadata="text",
    project_id="text",
    quote_id="text",
    max_price="int",
    traceparent="text",
    webhook="text",
    family="text",
    parent_job_id="text",
    parent_index="int",
    relation="text",
    preset_ids="text",
    keep="int",
)


@dataclass(frozen=True, slots=True)
class _AdmissionState:
    """The state under the locks.

    `earlier` are the stored answers of keys, and the jobs that units without one have made before;
    `queued` counts by account, `withdrawn` is by price version.
    """

    earlier: dict[Intent, NewJob | StoredAnswer]
    queued: dict[int, int]
    view: SpenderView
    withdrawn: Mapping[str, bool]


async def admit_jobs(tx: Tx, units: Sequence[Admission]) -> list[Outcome]:
    """Decide about all units in arrival order and write what was admitted.

    Twins of one key inside the batch get the first one's result. Units that want an item of the
    same quote are decided in separate rounds: the first may be refused for its money, and then the
    item is free for the second.
    """
    locked = await transfers.lock_accounts(tx, {unit.caller.ledger_account for unit in units})
    outcomes: dict[str, Outcome] = {}
    for together in _split_into_rounds(units):
        decided = await _admit_round(tx, locked, together)
        outcomes |= {unit.job_id: one for unit, one in zip(together, decided, strict=True)}
    return [outcomes[unit.job_id] for unit in units]


async def admit_with_hold(tx: Tx, unit: Admission) -> None:
    """Make a job that takes over an open hold of its price; no money moves.

    The caller has checked, under the account's lock, that key and account may start it.

    Raises:
        ConcurrencyLimited: the account has too many queued jobs; the hold stays open.
        HoldResolved, LookupError: there is no such open hold.
        ValueError: the hold is of another amount.
    """
    number = unit.caller.ledger_account
    locked = await transfers.lock_accounts(tx, [number])
    held = await transfers.get_held_amount(tx, unit.hold_id)
    if held != unit.plan.price.microusd:
        raise ValueError(f"{unit.hold_id} holds {held}, not {unit.plan.price.microusd} µUSD")
    ((_, queued, now),) = await tx.read(COUNT_QUEUED_JOBS, [(number,)])
    for refusal in _refuse_over_limit([unit], {number: queued}).values():
        raise refusal
    jobs: Write = (INSERT_JOBS, [_build_row(unit, now)])
    uses = input_files.build_use_inserts(input_files.list_uses(unit.job_id, unit.plan))
    answers = []
    if unit.scope is not None:
        available = locked.accounts[number].available_microusd
        answers.append((unit.scope, build_answer(unit, to_iso(now), available)))
    await tx.write(jobs, uses, idempotency.build_answer_write(answers))


def _split_into_rounds(units: Sequence[Admission]) -> list[list[Admission]]:
    """Put units that contend for one quote into different rounds; the others all go into the first.

    Twins of one key may share a round: they get one result.
    """
    rounds: list[list[Admission]] = []
    intents: list[dict[str, Intent]] = []  # of each round, by quote
    for unit in units:
        quote_id, intent = unit.body.quote_id, unit.intent
        fitting = (
            number
            for number, by_quote in enumerate(intents)
            if not quote_id or by_quote.get(quote_id, intent) == intent
        )
        number = next(fitting, len(rounds))
        if number == len(rounds):
            rounds.append([])
            intents.append({})
        rounds[number].append(unit)
        if quote_id:
            intents[number][quote_id] = intent
    return rounds


async def _admit_round(
    tx: Tx, locked: transfers.LockedAccounts, units: Sequence[Admission]
) -> list[Outcome]:
    """Decide about units of which no two contend for a quote, and write what was admitted."""
    state = await _read_state(tx, locked, units)
    fresh: dict[Intent, Admission] = {}
    for unit in units:
        if unit.intent not in state.earlier:
            fresh.setdefault(unit.intent, unit)
    now, created_at = state.view.now, to_iso(state.view.now)
    refused = _refuse_without_price(fresh.values(), state.withdrawn)
    priced = [unit for unit in fresh.values() if unit.intent not in refused]
    refused |= _refuse_over_limit(priced, state.queued)
    admissible, taken_items = await _choose_quoted_plans(tx, fresh, refused)
    holds = [_build_hold(unit) for unit in admissible]
    outcomes, writes = await transfers.hold_many(tx, locked, holds, state.view)
    answers: list[tuple[KeyScope, StoredAnswer]] = []
    made: dict[str, NewJob] = {}
    rows, items, uses = [], [], []
    for unit, outcome in zip(admissible, outcomes, strict=True):
        if isinstance(outcome, Problem):
            refused[unit.intent] = outcome
            continue
        answer, available = None, outcome.available_microusd
        if unit.scope is not None:
            answer = build_answer(unit, created_at, available)
            answers.append((unit.scope, answer))
        made[unit.job_id] = NewJob(unit, created_at, available, answer)
        rows.append(_build_row(unit, now))
        if unit.job_id in taken_items:  # a job without a quote stored its own files beforehand
            items += taken_items[unit.job_id]
            uses += input_files.list_uses(unit.job_id, unit.plan)
    if made:
        jobs: Write = (INSERT_JOBS, rows)
        keys = idempotency.build_answer_write(answers)
        await tx.write(
            *writes, jobs, quotes.build_item_takes(items), input_files.build_use_inserts(uses), keys
        )
        await faults.reach("submit.in_transaction")
    return _collect_outcomes(units, state.earlier | dict(answers), refused, made)


async def _read_state(
    tx: Tx, locked: transfers.LockedAccounts, units: Sequence[Admission]
) -> _AdmissionState:
    """Read what the decision about these units needs, in one statement after the locks."""
    accounts = {unit.caller.ledger_account for unit in units}
    versions = {unit.plan.price.version for unit in units if unit.body.quote_id is None}
    without_key = {unit.job_id: unit for unit in units if unit.scope is None}
    stored, repeated, counted, spenders, withdrawn = await tx.read_all(
        idempotency.build_answer_read([unit.scope for unit in units if unit.scope is not None]),
        (SELECT_MADE_JOBS, [(job_id,) for job_id in without_key]),
        (COUNT_QUEUED_JOBS, [(number,) for number in accounts]),
        build_spender_read(unit.caller.spender_id for unit in units),
        build_withdrawal_read(versions),
    )
    made_before = {}
    for job_id, created_at, place in repeated:
        unit = without_key[job_id]
        unit = replace(unit, plan=unit.quoted_plans.get(place, unit.plan))
        available = locked.accounts[unit.caller.ledger_account].available_microusd
        made_before[job_id] = NewJob(unit, to_iso(created_at), available, None)
    return _AdmissionState(
        earlier=idempotency.answers_from_rows(stored) | made_before,
        queued={number: count for number, count, _ in counted},
        view=spenders_from_rows(spenders),
        withdrawn=withdrawals_from_rows(withdrawn),
    )


async def _choose_quoted_plans(
    tx: Tx, fresh: Mapping[Intent, Admission], refused: dict[Intent, Problem]
) -> tuple[list[Admission], dict[str, list[tuple[str, int, str]]]]:
    """Give each unit with a quote the plan of a free item, or refuse it.

    Returns: the units that may be admitted, and by job the quote items that they take.
    """
    open_units = [unit for unit in fresh.values() if unit.intent not in refused]
    wanted = {
        u.job_id: (u.body.quote_id, u.quoted_plans)
        for u in open_units
        if u.body.quote_id is not None
    }
    choices = await quotes.choose_items(tx, list(wanted.values()))
    chosen = dict(zip(wanted, choices, strict=True))
    admissible: list[Admission] = []
    taken_items: dict[str, list[tuple[str, int, str]]] = {}
    for unit in open_units:
        place = chosen.get(unit.job_id)
        if isinstance(place, Problem):
            refused[unit.intent] = place
        elif place is None:
            admissible.append(unit)
        else:
            taken_items[unit.job_id] = [(wanted[unit.job_id][0], place, unit.job_id)]
            admissible.append(replace(unit, plan=unit.quoted_plans[place]))
    return admissible, taken_items


def _collect_outcomes(
    units: Sequence[Admission],
    earlier: Mapping[Intent, NewJob | StoredAnswer],
    refused: Mapping[Intent, Problem],
    made: Mapping[str, NewJob],
) -> list[Outcome]:
    """Return one outcome per unit: its refusal, its own job, or the replay of its key's answer."""
    outcomes: list[Outcome] = []
    for unit in units:
        if unit.intent in refused:
            outcomes.append(refused[unit.intent])
            continue
        if unit.job_id in made:
            outcomes.append(made[unit.job_id])
            continue
        answer = earlier[unit.intent]
        try:
            outcomes.append(
                answer if isinstance(answer, NewJob) else answer.replay(unit.request_hash)
            )
        except Problem as conflict:
            outcomes.append(conflict)
    return outcomes


def _refuse_without_price(
    fresh: Iterable[Admission], withdrawn: Mapping[str, bool]
) -> dict[Intent, Problem]:
    """Refuse the units whose price the operator withdrew since they were planned.

    The price of a quote was judged with the other prices that the unit could have taken.
    """
    return {
        unit.intent: NoPrice()
        for unit in fresh
        if unit.body.quote_id is None and withdrawn[unit.plan.price.version]
    }


def _refuse_over_limit(fresh: Iterable[Admission], queued: dict[int, int]) -> dict[Intent, Problem]:
    """Refuse the units that exceed the number of queued jobs of their account.

    `queued` counts by account, and is raised for each unit that may go on.
    """
    refused: dict[Intent, Problem] = {}
    for unit in fresh:
        number = unit.caller.ledger_account
        if queued[number] >= unit.queued_limit:
            refused[unit.intent] = ConcurrencyLimited(
                f"This account has reached its limit of {unit.queued_limit} queued jobs.",
                retry_after_seconds=5,
            )
        else:
            queued[number] += 1
    return refused


def _build_hold(unit: Admission) -> transfers.Hold:
    return transfers.Hold(
        id=unit.hold_id,
        account=unit.caller.ledger_account,
        book=unit.caller.book,
        reference=unit.job_id,
        amount_microusd=unit.plan.price.microusd,
        key_id=unit.caller.spender_id,
    )


def _build_row(unit: Admission, now: int) -> tuple[object, ...]:
    plan = unit.plan
    return (
        unit.job_id,
        unit.caller.ledger_account,
        unit.caller.book,
        unit.caller.spender_id,
        unit.request_id,
        unit.body.task,
        plan.queue,
        unit.hold_id,
        plan.price.microusd,
        plan.price.version,
        now + DISPATCH_DELAY,
        now,
        now + unit.body.queue_timeout_seconds * SECOND,
        unit.body.deadline_seconds,
        plan.run_limit_seconds,
        plan.overlap_frames,
        write_json(plan.effective_input),
        write_json(plan.adjustments),
        write_json(plan.warnings),
        write_json(plan.price.breakdown),
        write_json({name: [each.key for each in media] for name, media in plan.media.items()}),
        None if unit.body.metadata is None else write_json(unit.body.metadata),
        unit.body.project_id,
        unit.body.quote_id,
        unit.body.max_price_microusd,
        unit.traceparent,
        None if (hook := unit.body.webhook) is None else write_json(hook.model_dump(mode="json")),
        plan.family,
        None if (parent := unit.body.parent) is None else parent.job_id,
        None if parent is None else parent.output_index,
        None if parent is None else parent.relation.value,
        ",".join(unit.body.preset_ids) or None,
        int(unit.body.keep),
    )
