"""The one line that goes before the facts: what happened, and what to do next."""

from mcp_server.open_json import Facts

BLOCKS = {
    "insufficient_credits": "The user has to add credit: account_topup_link.",
    "key_limit_exceeded": "This key has reached its cap: the user raises it, or approves the plan "
    "on the page of approvalUrl.",
    "price_changed": "The operator withdrew its prices: prepare a new plan.",
    "no_price": "The operator withdrew all prices: do not prepare again, tell the user.",
}
MOST_NAMED = 10
AWAY = "gatewayAway"
"""Beside the facts of an answer: why they may be old. It is no fact, so it is not shown."""
ENDED = {"succeeded", "failed", "canceled", "expired"}


def note_of(answer: Facts) -> str:
    """Return the line for an answer, and whether the gateway went away while one waited for it."""
    return f"{_note(answer)} {answer.get(AWAY, '')}".rstrip()


def _note(answer: Facts) -> str:
    if "planHash" in answer:
        return _plan(answer)
    if "jobId" in answer and "status" in answer:
        return _job(answer)
    if "requestId" in answer and "status" in answer:
        return _request(answer)
    if "quoteId" in answer and "approvalUrl" in answer:
        return _quote(answer)
    if "nextCursor" in answer and isinstance(answer.get("data"), list):
        more = " There are more: pass nextCursor as cursor." if answer["nextCursor"] else ""
        return f"{len(answer['data'])} found.{more}"
    return "Done."


def _plan(plan: Facts) -> str:
    state, total = plan["state"], plan["totalUsd"]
    if state == "pending":
        return f"Prepared; nothing is charged yet. It costs ${total}{_pending(plan)}"
    if state != "executed":
        return f"The plan is {state}; nothing was charged. Prepare a new one if still wanted."
    dropped = _dropped(plan)
    if plan["outcome"] == "running":
        after = plan.get("pollAfterSeconds")
        again = f"Call plan_get in {after} s; do not prepare or submit it again."
        return f"It is running. {again}{dropped}"
    stop = f" {plan['error']['message']}" if plan.get("error") else ""
    charged, made = plan.get("chargedUsd", "0"), _made(plan)
    return f"The plan has ended: {plan['outcome']}. Charged: ${charged}.{made}{stop}{dropped}"


def _made(plan: Facts) -> str:
    """Return where the files of the last step that made any are: some clients pass on no links."""
    jobs = [step["jobId"] for step in plan.get("steps", ()) if step["state"] == "succeeded"]
    jobs = [job for job in jobs if job]
    return f" media_job_get {jobs[-1]} has its urls; {_look(jobs[-1])}" if jobs else ""


def _look(job_id: str) -> str:
    """Return how to see an output: some clients pass on no picture beside the facts."""
    return f"media_preview shows job://{job_id}/0."


def _dropped(plan: Facts) -> str:
    """Return which steps were left out when the plan was approved."""
    steps = [step for step in plan.get("steps", ()) if step["state"] == "dropped"]
    if not steps:
        return ""
    names = ", ".join(f"{step['key']} ({step['operation']})" for step in steps[:MOST_NAMED])
    more = f" and {len(steps) - MOST_NAMED} more" if len(steps) > MOST_NAMED else ""
    return f" Left out when it was approved, and never run: {names}{more}."


def _pending(plan: Facts) -> str:
    """Return what a prepared plan waits for: the refusal that would come, a yes, or the call."""
    blocks = [code for code in plan.get("blockedBy", ()) if code in BLOCKS]
    if blocks:
        ways = " ".join(BLOCKS[code] for code in blocks)
        return f". plan_execute would be refused now ({', '.join(blocks)}). {ways}"
    return _approval(plan, "plan_execute", "plan_get")


def _quote(quote: Facts) -> str:
    start = f"Nothing is charged yet. The message costs at most ${quote['priceUsd']}"
    return start + _approval(quote, "studio_message_send", "studio_message_send again")


def _approval(answer: Facts, spend: str, after: str) -> str:
    """Return the tool that spends, and whose yes it needs before."""
    if not answer["requiresHumanApproval"]:
        return f": show that, then {spend}."
    ask = f", or call {spend} to ask" if answer.get("consent") == "confirm" else ""
    return f" and needs approval: show {answer['approvalUrl']} and call {after}{ask}."


def _job(job: Facts) -> str:
    status = job["status"]
    if status not in ENDED:
        return f"The job is {status}. Call media_job_get again; do not resubmit it."
    charged = job.get("billing", {}).get("chargedUsd") or "0"
    if status != "succeeded":
        return f"The job is {status}; nothing was charged; see error."
    files = len(job.get("outputs", ()))
    made = f"The job succeeded with {files} output(s), charged ${charged}. The urls expire."
    return f"{made} {_look(job['jobId'])}"


def _request(request: Facts) -> str:
    if request["status"] not in ENDED:
        return "The agent is working. Call studio_request_get again; do not resend the message."
    return f"The request has ended: {request['status']}."
