"""Forms that name their exact price: read, priced by a dry run, and submitted for no more.

The playground and the prompt bar share them. A price belongs to the input with the same hash; a
form that was changed after its price was shown is refused, even if it became cheaper.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from starlette.requests import Request

from gateway.kit.errors import NotFound, Problem
from gateway.kit.operation import Caller
from gateway.kit.wire import request_reader
from gateway.media import operations as media
from gateway.media.errors import PriceChanged
from gateway.media.jobs.auto_keep import AutoKeeper
from gateway.media.tasks.base import INPUT
from gateway.media.tasks.input_json import InputJson
from gateway.pages.answers import JobAnswer, PriceAnswer, TaskAnswer
from gateway.pages.dialogs import to_field_problems
from gateway.pages.form_fields import FormField, build_form_fields, read_form_input
from gateway.pages.media import job_view
from gateway.pages.money_words import format_price_up
from gateway.pages.operation_client import OperationClient
from gateway.pages.person_words import reword_for_person


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedForm:
    """A filled-in form with its input, and its price or the reason that it has none."""

    entry: TaskAnswer
    fields: list[FormField]
    values: Mapping[str, str]
    task_input: InputJson
    price: PriceAnswer | None = None
    problem: Problem | None = None

    def to_field_problems(self) -> dict[str, str]:
        """Return the problem of each wrong field; one without a field is under an empty name."""
        problems = to_field_problems(self.problem)
        if self.problem is not None and not problems:
            return {"": self.problem.detail}
        return {path.removeprefix(f"{INPUT}.").split(".")[0]: problems[path] for path in problems}


@dataclass(frozen=True, slots=True)
class FormPricer:
    """Prices and submits the forms of tasks for the person who is signed in."""

    client: OperationClient

    async def list_tasks(self, request: Request) -> list[TaskAnswer]:
        """List all tasks of the catalogue."""
        answer = await self.client.call_operation(media.list_tasks, request, None)
        entries: list[TaskAnswer] = request_reader.parse_json_object(answer.body)["data"]
        return entries

    async def get_task(self, request: Request, task: str) -> TaskAnswer:
        """Return an enabled task by its name.

        Raises:
            NotFound: there is no such task here.
        """
        for entry in await self.list_tasks(request):
            if entry["task"] == task and entry["enabled"]:
                return entry
        raise NotFound("There is no such task.", hint="Choose a task in the playground.")

    async def get_job(self, request: Request, caller: Caller | None, job_id: str) -> JobAnswer:
        """Return a job with its input.

        Raises:
            NotFound: the caller has no such job.
        """
        query = {"jobId": job_id, "includeDetails": "1"}
        answer = await self.client.call_operation(media.get_job, request, None, caller, query=query)
        return cast("JobAnswer", request_reader.parse_json_object(answer.body))

    async def get_repeat_input(
        self, request: Request, caller: Caller | None, task: str, job_id: str
    ) -> InputJson:
        """Return the input that repeats a job of this task, with its seed.

        Raises:
            NotFound: the caller has no such job, or it is of another task.
        """
        job = await self.get_job(request, caller, job_id)
        if job["task"] != task:
            raise NotFound
        return job_view.to_repeat_input(job)

    async def price_form(
        self,
        request: Request,
        caller: Caller | None,
        entry: TaskAnswer,
        values: Mapping[str, str],
    ) -> PricedForm:
        """Read a form and price it by a dry run; strangers get no price."""
        fields = build_form_fields(entry["inputSchema"])
        task_input = read_form_input(fields, values)
        tried = PricedForm(entry=entry, fields=fields, values=values, task_input=task_input)
        if caller is None:
            return tried
        body = {"task": entry["task"], "input": task_input}
        try:
            await self.client.count_account_call("quote", caller)
            answer = await self.client.call_operation(
                media.submit_job, request, body, caller, query={"dryRun": "1"}
            )
        except Problem as problem:
            return replace(tried, problem=reword_for_person(problem))
        return replace(
            tried, price=cast("PriceAnswer", request_reader.parse_json_object(answer.body))
        )

    async def submit_form(
        self,
        request: Request,
        caller: Caller,
        entry: TaskAnswer,
        posted: Mapping[str, str],
        **job_fields: object,
    ) -> str:
        """Submit the job of a form for no more than its button named; return the job's id.

        Its outputs are kept as the account prefers. `job_fields` are further fields of the submit,
        such as `parent`.

        Raises:
            PriceChanged: the form was changed since, and now has another price.
            Problem: any refusal of the submit.
        """
        task_input = read_form_input(build_form_fields(entry["inputSchema"]), posted)
        if posted.get("pricedInput") != hash_input(task_input):
            refuse_stale_price(await self.price_form(request, caller, entry, posted))
        await self.client.count_account_call("submit", caller)
        keeper: AutoKeeper = self.client.ports.get(AutoKeeper)
        body = {
            "task": entry["task"],
            "input": task_input,
            "maxPriceUsd": posted.get("maxPriceUsd"),
            "keep": (await keeper.choose(caller)).keep,
            **job_fields,
        }
        submitted = await self.client.call_operation(
            media.submit_job, request, body, caller, idempotency_key=posted.get("idempotencyKey")
        )
        job_id: str = request_reader.parse_json_object(submitted.body)["jobId"]
        return job_id


def refuse_stale_price(priced: PricedForm) -> None:
    """Refuse a form whose price is another than the button named, even a lower one.

    A form can be changed after its price was shown. A form without a price is left to the submit,
    which states the reason.

    Raises:
        PriceChanged: the price is another one.
    """
    price, shown_usd = priced.price, priced.values.get("maxPriceUsd")
    if price is not None and not price["blockedBy"] and price["priceUsd"] != shown_usd:
        raise PriceChanged(
            f"It costs {format_price_up(price['priceMicrousd'])} now, as the form has changed"
            " since its price was shown. Nothing was run, and nothing charged.",
            hint="If that is right, press the button again.",
        )


def hash_input(task_input: Mapping[str, Any]) -> str:
    """Hash an input: a price on the form belongs to the input with the same hash."""
    return hashlib.sha256(json.dumps(task_input, sort_keys=True).encode()).hexdigest()[:32]
