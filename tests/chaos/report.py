"""The report of a chaos run, as Markdown that docs/reliability.md shows."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

from tests.chaos.run import ChaosResult, FaultResult

MOST_LINES = 20


def render_report(result: ChaosResult) -> str:
    """Render all figures of a run."""
    book, verdict = result.book, result.verdict
    kinds = {fault.kind for fault in result.faults}
    head = (
        f"Seed {result.seed}, {result.load_seconds / 60:.1f} minutes under load,"
        f" {len(result.faults)} faults of {len(kinds)} kinds;"
        f" then at rest after {verdict.settle_seconds:.0f} s."
    )
    lines = [
        head,
        "",
        *_render_table(result.faults),
        "",
        *_render_totals(result),
    ]
    if result.skipped_kinds:
        lines += ["", f"Not made on this machine: {', '.join(result.skipped_kinds)}."]
    if book.failed_tries:
        tries = ", ".join(f"{what} {count}" for what, count in book.failed_tries.most_common())
        lines += ["", f"Tries that were sent again: {tries}."]
    if verdict.broken:
        lines += ["", f"Broken promises: {len(verdict.broken)}", ""]
        lines += [f"- {each}" for each in verdict.broken[:MOST_LINES]]
    return "\n".join(lines) + "\n"


def _render_table(faults: Sequence[FaultResult]) -> Iterator[str]:
    """Yield a row for each kind: how often, and until its path worked again."""
    kinds: dict[str, list[FaultResult]] = defaultdict(list)
    for fault in faults:
        kinds[fault.kind].append(fault)
    yield (
        "| fault | times | held, s | accepts again, s | begun by a worker, s more"
        " | done, s in all | tries sent again |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for kind, each in sorted(kinds.items()):
        held = [fault.held_seconds for fault in each]
        answer = [fault.answer_seconds for fault in each]
        pickup = [fault.pickup_seconds for fault in each]
        job = [fault.job_seconds for fault in each]
        yield (
            f"| {kind} | {len(each)} | {min(held):.0f} to {max(held):.0f}"
            f" | {median(answer):.1f}, at most {max(answer):.1f}"
            f" | {median(pickup):.1f}, at most {max(pickup):.1f}"
            f" | {median(job):.1f}, at most {max(job):.1f}"
            f" | {sum(fault.failed_tries for fault in each)} |"
        )


def _render_totals(result: ChaosResult) -> Iterator[str]:
    book, verdict = result.book, result.verdict
    jobs, plans, payments = len(book.jobs), len(book.plans), len(book.payments)
    objects, orphans = verdict.object_count, len(verdict.orphans)
    yield "| what | figure |"
    yield "| --- | --- |"
    yield f"| calls, each with a promise or a read | {book.call_count} |"
    yield f"| calls never answered by either gateway | {book.unanswered_count} |"
    yield f"| tries that a proxy has to send to the other gateway | {book.failed_tries.total()} |"
    yield f"| longest call with all its tries | {book.longest_call_seconds:.1f} s |"
    yield f"| jobs accepted, plans approved, checkouts paid | {jobs}, {plans}, {payments} |"
    failed = ", ".join(f"{code} {count}" for code, count in verdict.failed_jobs.items())
    yield f"| jobs that needed another attempt | {verdict.retried_jobs} |"
    yield f"| jobs that failed, free of charge | {failed or 0} |"
    yield f"| charged in all | ${verdict.charged_microusd / 1_000_000:.2f} |"
    yield f"| webhooks delivered again under their id | {verdict.repeated_deliveries} |"
    yield f"| objects in storage, of them orphans | {objects}, {orphans} |"
    for what, count in sorted(verdict.checked.items()):
        broken = sum(each.startswith(f"{what}: ") for each in verdict.broken)
        yield f"| checked: {what} | {count}, broken {broken} |"
    yield f"| **broken promises** | **{len(verdict.broken)}** |"
