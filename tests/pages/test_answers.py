"""Names that pages read from an answer are names of the model of its operation."""

from collections.abc import Iterator
from typing import get_args, get_type_hints, is_typeddict

import pytest
from pydantic import BaseModel

from gateway.affiliates.operations import get_affiliate_dashboard
from gateway.kit.operation import operation_from_handler
from gateway.media.jobs.job_schemas import DryRun, Job
from gateway.media.operations import get_usage
from gateway.media.outputs.schemas import MediaOutput
from gateway.media.schemas import TaskShown
from gateway.pages import answers
from gateway.payments.crypto.operations import claim_crypto, get_crypto_checkout
from gateway.studio.agent.schemas import AgentRequest, MessageSent
from gateway.studio.plans.schemas import Plan
from gateway.studio.snapshots.schemas import StudioSnapshot
from gateway.studio.threads.schemas import ThreadDetail

SHAPES = {
    answers.JobAnswer: Job,
    answers.MediaOutputAnswer: MediaOutput,
    answers.TaskAnswer: TaskShown,
    answers.PriceAnswer: DryRun,
    answers.UsageAnswer: operation_from_handler(get_usage).response,
    answers.PlanAnswer: Plan,
    answers.ThreadAnswer: ThreadDetail,
    answers.RequestAnswer: AgentRequest,
    answers.SentAnswer: MessageSent,
    answers.SnapshotAnswer: StudioSnapshot,
    answers.CheckoutAnswer: operation_from_handler(get_crypto_checkout).response,
    answers.ClaimAnswer: operation_from_handler(claim_crypto).response,
    answers.EarningsAnswer: operation_from_handler(get_affiliate_dashboard).response,
}


@pytest.mark.parametrize(("shape", "model"), SHAPES.items())
def test_pages_read_only_what_an_answer_has(shape: type, model: type[BaseModel]) -> None:
    assert not list(_unknown_names(shape, model))


def _unknown_names(shape: type, model: type[BaseModel]) -> Iterator[str]:
    """Yield each name that a shape reads and its model lacks, at any depth."""
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    for name, hint in get_type_hints(shape).items():
        if name not in fields:
            yield f"{shape.__name__}.{name}"
            continue
        shapes = [each for each in _leaves(hint) if is_typeddict(each)]
        models = [
            each
            for each in _leaves(fields[name].annotation)
            if isinstance(each, type) and issubclass(each, BaseModel)
        ]
        for inner, inner_model in zip(shapes, models, strict=False):  # blocks have no model
            yield from _unknown_names(inner, inner_model)


def _leaves(hint: object) -> Iterator[type]:
    inner = get_args(hint)
    if not inner and isinstance(hint, type):
        yield hint
    for each in inner:
        yield from _leaves(each)
