"""Notes: the line before the facts of an answer, with what happened and the next step.

Many models read nothing else, so each note names the next tool, and warns where a repeated call
would pay twice. The texts are part of the wire.
"""

from mcp_server.json_types import JsonObject

BLOCK_ADVICE = {
    "insufficient_credits": "The user has to add credit: account_topup_link.",
    "key_limit_exceeded": "This key has reached its cap: the user raises it, or approves the plan "
    "on the page of approvalUrl.",
    "member_limit_exceeded": "The user has reached their cap in this team: an owner or admin "
    "of it raises that.",
    "price_changed": "The operator withdrew its prices: prepare a new plan.",
    "no_price": "The operator withdrew all prices: do not prepare again, tell the user.",
}
MAX_NAMED_STEPS = 10
AWAY_KEY = "gatewayAway"
"""The key, beside the facts of an answer, of the reason why they may be old.

It goes into the note. It is no fact, so no tool names it among the facts that it shows.
"""
ENDED_STATES = {"succeeded", "failed", "canceled", "expired"}


def render_note(answer: JsonObject) -> str:
    """Render the note of an answer, and add it if the gateway went away during the wait."""
    return f"{_render_next_step(answer)} {answer.get(AWAY_KEY, '')}".rstrip()


def _render_next_step(answer: JsonObject) -> str:
    # An answer does not name its kind; these fields are of one kind each.
    if "planHash" in answer:
        return _render_plan_note(answer)
    if "jobId" in answer and "status" in answer:
        return _render_job_note(answer)
    if "requestId" in answer and "status" in answer:
        return _render_request_note(answer)
    if "quoteId" in answer and "approvalUrl" in answer:
        return _render_quote_note(answer)
    return _render_read_note(answer)


def _render_read_note(answer: JsonObject) -> str:
    """Render the note of an answer that asks for no next step."""
    if answer.get("dryRun") is True:
        return f"It would cost ${answer['totalUsd']}. Nothing was prepared, held or charged."
    if "groupBy" in answer:
        return f"${answer['totalUsd']} was spent from {answer['from']} to {answer['to']}."
    if "nextCursor" in answer and isinstance(answer.get("data"), list):
        next_page = " There are more: pass nextCursor as cursor." if answer["nextCursor"] else ""
        return f"{len(answer['data'])} found.{next_page}"
    return "Done."


def _render_plan_note(plan: JsonObject) -> str:
    state, total = plan["state"], plan["totalUsd"]
    if state == "pending":
        return f"Prepared; nothing is charged yet. It costs ${total}{_render_pending_plan(plan)}"
    if state != "executed":
        return f"The plan is {state}; nothing was charged. Prepare a new one if still wanted."
    dropped = _render_dropped_steps(plan)
    if plan["outcome"] == "running":
        seconds = plan.get("pollAfterSeconds")
        advice = f"Call plan_get in {seconds} s; do not prepare or submit it again."
        return f"It is running. {advice}{dropped}"
    error = f" {plan['error']['message']}" if plan.get("error") else ""
    charged, files = plan.get("chargedUsd", "0"), _render_made_files(plan)
    return f"The plan has ended: {plan['outcome']}. Charged: ${charged}.{files}{error}{dropped}"


def _render_made_files(plan: JsonObject) -> str:
    """Name the tools that show the last step's files: some clients give a model no links."""
    job_ids = [step["jobId"] for step in plan.get("steps", ()) if step["state"] == "succeeded"]
    job_ids = [job_id for job_id in job_ids if job_id]
    if not job_ids:
        return ""
    each = " So is each step's, by its jobId." if len(job_ids) > 1 else ""
    last = job_ids[-1]
    return f" media_job_get {last} has its urls; {_render_preview_hint(last)}{each}"


def _render_preview_hint(job_id: str) -> str:
    """Name the tool that shows an output: some clients give a model no picture beside the facts."""
    return f"media_preview shows job://{job_id}/0."


def _render_dropped_steps(plan: JsonObject) -> str:
    """Render the steps that were left out when the plan was approved; empty if none were."""
    dropped = [
        f"step {number} ({step['operation']})"  # its key is a word of the user's
        for number, step in enumerate(plan.get("steps", ()), 1)
        if step["state"] == "dropped"
    ]
    if not dropped:
        return ""
    names = ", ".join(dropped[:MAX_NAMED_STEPS])
    others = f" and {len(dropped) - MAX_NAMED_STEPS} more" if len(dropped) > MAX_NAMED_STEPS else ""
    return f" Left out when it was approved, and never run: {names}{others}."


def _render_pending_plan(plan: JsonObject) -> str:
    """Render the next step of a prepared plan: remove a block, get approval, or execute it."""
    blocks = [code for code in plan.get("blockedBy", ()) if code in BLOCK_ADVICE]
    if blocks:
        advice = " ".join(BLOCK_ADVICE[code] for code in blocks)
        return f". plan_execute would be refused now ({', '.join(blocks)}). {advice}"
    return _render_approval(plan, "plan_execute", "plan_get")


def _render_quote_note(quote: JsonObject) -> str:
    start = f"Nothing is charged yet. The message costs at most ${quote['priceUsd']}"
    return start + _render_approval(quote, "studio_message_send", "studio_message_send again")


def _render_approval(answer: JsonObject, spending_tool: str, following_tool: str) -> str:
    """Render the tool that spends, and the approval that it needs first.

    `spending_tool` is that tool; `following_tool` is the call that follows an approval on the page.
    """
    if not answer["requiresHumanApproval"]:
        return f": show that, then {spending_tool}."
    ask = f", or call {spending_tool} to ask" if answer.get("consent") == "confirm" else ""
    return f" and needs approval: show {answer['approvalUrl']} and call {following_tool}{ask}."


def _render_job_note(job: JsonObject) -> str:
    status = job["status"]
    if status not in ENDED_STATES:
        return f"The job is {status}. Call media_job_get again; do not resubmit it."
    charged = job.get("billing", {}).get("chargedUsd") or "0"
    if status != "succeeded":
        return f"The job is {status}; nothing was charged; see error."
    files = len(job.get("outputs", ()))
    made = f"The job succeeded with {files} output(s), charged ${charged}. The urls expire."
    return f"{made} {_render_preview_hint(job['jobId'])}"


def _render_request_note(request: JsonObject) -> str:
    if request["status"] not in ENDED_STATES:
        return "The agent is working. Call studio_request_get again; do not resend the message."
    return f"The request has ended: {request['status']}."
