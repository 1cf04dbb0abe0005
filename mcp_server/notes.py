"""The one line that goes before the facts: what happened, and what to do next."""

from typing import Any

ENDED = {"succeeded", "failed", "canceled", "expired"}


def note_of(answer: dict[str, Any]) -> str:
    """Return the line for an answer."""
    if "planHash" in answer:
        return _plan(answer)
    if "jobId" in answer and "status" in answer:
        return _job(answer)
    if "requestId" in answer and "status" in answer:
        return _request(answer)
    if "nextCursor" in answer and isinstance(answer.get("data"), list):
        more = " There are more: pass nextCursor as cursor." if answer["nextCursor"] else ""
        return f"{len(answer['data'])} found.{more}"
    return "Done."


def _plan(plan: dict[str, Any]) -> str:
    state, total = plan["state"], plan["totalUsd"]
    if state == "pending":
        if plan["requiresHumanApproval"]:
            return (
                f"Prepared; nothing is charged yet. It costs ${total} and needs approval: "
                f"show {plan['approvalUrl']} and call plan_get, or call plan_execute to ask."
            )
        return f"Prepared; nothing is charged yet. It costs ${total}: show that, then plan_execute."
    if state != "executed":
        return f"The plan is {state}; nothing was charged. Prepare a new one if still wanted."
    if plan["outcome"] == "running":
        after = plan.get("pollAfterSeconds")
        return f"It is running. Call plan_get in {after} s; do not prepare or submit it again."
    stop = f" {plan['error']['message']}" if plan.get("error") else ""
    return f"The plan has ended: {plan['outcome']}. Charged: ${plan.get('chargedUsd', '0')}.{stop}"


def _job(job: dict[str, Any]) -> str:
    status = job["status"]
    if status not in ENDED:
        return f"The job is {status}. Call media_job_get again; do not resubmit it."
    charged = job.get("billing", {}).get("chargedUsd") or "0"
    if status != "succeeded":
        return f"The job is {status}; nothing was charged; see error."
    files = len(job.get("outputs", ()))
    return f"The job succeeded with {files} output(s), charged ${charged}. The urls expire."


def _request(request: dict[str, Any]) -> str:
    if request["status"] not in ENDED:
        return "The agent is working. Call studio_request_get again; do not resend the message."
    return f"The request has ended: {request['status']}."
