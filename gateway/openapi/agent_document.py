"""The OpenAPI document for agents: a selection of the whole one, in sizes and shapes they can use.

Builders of agents turn each operation into a tool, and some take at most 30 operations with
descriptions of at most 300 characters. So this has one kind of key, one refusal that stands for
all, and in requests no bytes, no null and no reference.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from gateway.kit.wire.json_schema import JsonSchema
from gateway.media.tasks.catalogue import ENABLED_TASKS, TASKS
from gateway.openapi.plain_schemas import (
    PlainSchemas,
    merge_inputs,
    omit_words,
    shorten_text,
    walk_objects,
)
from gateway.openapi.problems import PROBLEM_JSON
from gateway.openapi.schemas import SCHEMA_REF_PREFIX

JSON = "application/json"
AGENT_OPERATION_IDS = (
    "startDeviceLink", "pollDeviceLink", "getBalance", "listPackages", "startStripeCheckout",
    "listTasks", "quoteJobs", "submitJob", "getJob", "cancelJob", "getUsage", "preparePlan",
    "getPlans", "executePlan", "rejectPlan", "createProject", "listAssets", "createUploadLink",
    "keepAsset", "importStoryboard", "exportStoryboard", "prepareRender",
)  # fmt: skip
# LangChain warns of any other version, though it reads it.
OPENAPI_VERSION = "3.1.0"
DESCRIPTION = (
    "Prepaid images, videos and sound at exact prices. Quote or `dryRun` first; one "
    "X-Idempotency-Key per intended job, the SAME on a retry; submit, then poll getJob; never "
    "resubmit because a wait ended. Several jobs: preparePlan, show the price, executePlan."
)
TASK_INPUT_DESCRIPTION = "The input of the task, with the fields that submitJob has for it."
ANSWER_LEVELS = 2
# Parameters for clients that cache answers, which a tool does not.
OMITTED_PARAMETERS = {"If-None-Match"}
# An answer with no more than another of the same operation has.
OMITTED_ANSWERS = {f"{SCHEMA_REF_PREFIX}PriceCheck"}
REFUSAL_RESPONSE = {
    "description": "Refused: `code` names why, `hint` says what to do. Nothing was charged.",
    "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def build_agent_document(document: Mapping[str, Any]) -> JsonSchema:
    """Build the document for agents from the whole one."""
    return _Selection(document).build()


class _Selection:
    """The operations for agents in one document, and all that they refer to."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._whole = document
        self._schemas: Mapping[str, JsonSchema] = document["components"]["schemas"]
        self._plain = PlainSchemas(self._schemas)

    def build(self) -> JsonSchema:
        whole = self._whole
        by_id = {
            operation["operationId"]: (path, method, operation)
            for path, methods in whole["paths"].items()
            for method, operation in methods.items()
        }
        paths: dict[str, JsonSchema] = {}
        for name in AGENT_OPERATION_IDS:
            path, method, operation = by_id[name]
            paths.setdefault(path, {})[method] = self._build_operation(operation)
        used = {name for item in paths.values() for each in item.values() for name in each["tags"]}
        return {
            "openapi": OPENAPI_VERSION,
            "info": {**whole["info"], "description": DESCRIPTION},
            "servers": whole["servers"],
            "tags": [each for each in whole["tags"] if each["name"] in used],
            "security": [{"BearerAuth": []}],
            "paths": paths,
            "components": {
                "schemas": self._select_schemas(paths),
                "responses": {"Refused": REFUSAL_RESPONSE},
                "securitySchemes": {
                    "BearerAuth": whole["components"]["securitySchemes"]["BearerAuth"]
                },
            },
        }

    def _build_operation(self, operation: JsonSchema) -> JsonSchema:
        selected: JsonSchema = {
            "operationId": operation["operationId"],
            "tags": operation["tags"],
            "summary": operation["summary"],
            "description": shorten_text(operation["description"]),
        }
        if "insufficient_credits" in operation["x-problem-codes"]:
            selected["x-openai-isConsequential"] = True
        if operation.get("security") == []:
            selected["security"] = []
        if parameters := list(map(self._build_parameter, self._list_parameters(operation))):
            selected["parameters"] = parameters
        if "requestBody" in operation:
            selected["requestBody"] = self._build_body(operation["requestBody"])
        return selected | {"responses": self._build_responses(operation["responses"])}

    def _list_parameters(self, operation: JsonSchema) -> list[JsonSchema]:
        parameters = map(self._resolve, operation["parameters"])
        return [each for each in parameters if each["name"] not in OMITTED_PARAMETERS]

    def _build_parameter(self, parameter: JsonSchema) -> JsonSchema:
        return {
            "name": parameter["name"],
            "in": parameter["in"],
            **({"required": True} if parameter["required"] else {}),
            "description": shorten_text(omit_words(parameter["description"])),
            "schema": self._plain.to_request(parameter["schema"]),
        }

    def _build_body(self, body: JsonSchema) -> JsonSchema:
        content = body["content"][JSON]
        schema = self._plain.to_request(content["schema"])
        self._restrict_tasks(schema, self._build_task_input())
        for each in schema.get("properties", {}).values():
            self._restrict_tasks(
                each.get("items", {}), {"type": "object", "description": TASK_INPUT_DESCRIPTION}
            )
        examples = [each["value"] for each in content.get("examples", {}).values()]
        return {
            "required": body["required"],
            "content": {JSON: {"schema": schema} | dict(zip(["example"], examples, strict=False))},
        }

    @staticmethod
    def _restrict_tasks(schema: JsonSchema, task_input: JsonSchema) -> None:
        """Restrict a schema's `task` to the enabled ones, and give its `input` this schema."""
        fields = schema.get("properties", {})
        if "task" in fields:
            fields["task"]["enum"] = [name for name in TASKS if name in ENABLED_TASKS]
            fields["input"] = task_input

    def _build_responses(self, responses: JsonSchema) -> JsonSchema:
        selected: JsonSchema = {}
        for status, response in responses.items():
            if status.startswith("2"):
                whole = self._resolve(response)
                selected[status] = {"description": self._describe_answer(status, whole)}
                if "content" in whole:
                    selected[status]["content"] = {
                        kind: {"schema": self._plain.to_answer(_omit_answers(each["schema"]))}
                        for kind, each in whole["content"].items()
                    }
        refused = {"$ref": "#/components/responses/Refused"}
        return selected | {"4XX": refused, "5XX": refused}

    def _describe_answer(self, status: str, answer: JsonSchema) -> str:
        """Describe an answer; by its status alone where its schema has the same words."""
        schemas = [self._resolve(each["schema"]) for each in answer.get("content", {}).values()]
        words: str = answer["description"]
        if schemas and all(each.get("description") == words for each in schemas):
            return HTTPStatus(int(status)).phrase
        return shorten_text(words)

    def _select_schemas(self, paths: JsonSchema) -> dict[str, JsonSchema]:
        """Select the schemas that answers refer to, two levels deep; further in are objects."""
        selected: dict[str, JsonSchema] = {}
        names = {"Problem", *_list_schema_names(paths)}
        for _ in range(ANSWER_LEVELS):
            level = {name: self._plain.to_answer(self._schemas[name]) for name in names}
            selected |= level
            names = set(_list_schema_names(level)) - selected.keys()
        for part in walk_objects(selected):
            if str(part.get("$ref", "")).removeprefix(SCHEMA_REF_PREFIX) in names:
                del part["$ref"]
                part["type"] = "object"
        selected["Problem"]["properties"]["code"].pop("enum")  # a page of its own: /api-docs#errors
        return dict(sorted(selected.items()))

    def _build_task_input(self) -> JsonSchema:
        inputs = {
            name: self._plain.to_request(self._schemas[task.model.__name__])
            for name, task in TASKS.items()
            if name in ENABLED_TASKS
        }
        required = "; ".join(
            f"{name}: {', '.join(each['required'])}"
            for name, each in inputs.items()
            if each.get("required")
        )
        site = self._whole["info"]["contact"]["url"]
        words = (
            f"The fields of all tasks. Limits: listTasks, or {site}/api-docs/tasks/TASK.md. "
            "A …Url: https://…, asset://ID, job://ID/0, or its frame, job://ID/0/frames/-1. "
            f"Required: {required}."
        )
        return {"description": shorten_text(words), **merge_inputs(inputs)}

    def _resolve(self, part: JsonSchema) -> JsonSchema:
        while "$ref" in part:
            kind, _, name = part["$ref"].removeprefix("#/components/").partition("/")
            part = self._whole["components"][kind][name]
        return part


def _omit_answers(schema: JsonSchema) -> JsonSchema:
    """Return the schema of an answer without its alternatives that agents do not need."""
    kept = [each for each in schema.get("anyOf", ()) if each.get("$ref") not in OMITTED_ANSWERS]
    return kept[0] if len(kept) == 1 else schema | ({"anyOf": kept} if kept else {})


def _list_schema_names(part: object) -> list[str]:
    """List the names of the schemas that a part of a document refers to."""
    references = [each["$ref"] for each in walk_objects(part) if isinstance(each.get("$ref"), str)]
    return [
        each.removeprefix(SCHEMA_REF_PREFIX)
        for each in references
        if each.startswith(SCHEMA_REF_PREFIX)
    ]
