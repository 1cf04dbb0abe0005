"""Id types of requests and answers: a prefix that names the kind, and a ULID.

Types with a pattern check the ids in requests. `Id` is for ids that only answers show and for those
that other services issued: it states a maximal length only.
"""

from typing import Annotated

from pydantic import Field

Id = Annotated[str, Field(json_schema_extra={"maxLength": 255})]
AccountId = Annotated[Id, Field(description="The account.")]
AffiliateId = Annotated[Id, Field(description="The affiliate.")]
KeyId = Annotated[Id, Field(description="The API key, by id.")]
TransferId = Annotated[Id, Field(description="The transfer in the ledger.")]

CheckoutId = Annotated[str, Field(min_length=1, max_length=40, description="The checkout.")]
PurchaseId = Annotated[str, Field(min_length=1, max_length=40, description="The purchase.")]
ProjectId = Annotated[
    str,
    Field(
        pattern=r"^proj_[0-9A-Z]{26}$",
        description="The project.",
        examples=["proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
    ),
]
AssetId = Annotated[
    str,
    Field(
        pattern=r"^ast_[0-9A-Z]{26}$",
        description="The asset.",
        examples=["ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
    ),
]
JobId = Annotated[
    str,
    Field(
        pattern=r"^job_[0-9A-Z]{26}$",
        description="The job.",
        examples=["job_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
    ),
]
DeliveryId = Annotated[
    str,
    Field(
        pattern=r"^whd_[0-9A-Z]{26}$",
        description="The message, also its `webhook-id`.",
        examples=["whd_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
    ),
]
PlanId = Annotated[
    str,
    Field(
        pattern=r"^plan_[0-9A-Z]{26}$",
        description="The plan.",
        examples=["plan_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
    ),
]
StepId = Annotated[
    str,
    Field(pattern=r"^step_[0-9A-Z]{26}$", description="The step."),
]
FilmId = Annotated[
    str,
    Field(
        pattern=r"^flm_[0-9A-Z]{26}$",
        description="The film.",
        examples=["flm_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
    ),
]
ThreadId = Annotated[
    str,
    Field(
        pattern=r"^thr_[0-9A-Z]{26}$",
        description="The thread.",
        examples=["thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
    ),
]
MessageId = Annotated[
    str,
    Field(pattern=r"^msg_[0-9A-Z]{26}$", description="The message."),
]
RequestId = Annotated[
    str,
    Field(
        pattern=r"^req_[0-9A-Z]{26}$",
        description="The request.",
        examples=["req_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
    ),
]
ShareId = Annotated[
    str,
    Field(
        pattern=r"^shr_[0-9A-Z]{26}$",
        description="The share.",
        examples=["shr_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
    ),
]
