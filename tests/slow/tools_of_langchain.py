"""Make tools of an OpenAPI document with LangChain, and call some, in an environment of its own.

`python tools_of_langchain.py URL KEY CALLS` prints the names of the tools and the answer to each
call. CALLS is a list of `[operation, {"query": …, "headers": …, "body": …}]`.
"""

import json
import sys
from typing import Any

from langchain_classic.chains.openai_functions.openapi import (  # type: ignore[import-not-found]
    openapi_spec_to_openai_fn,
)
from langchain_community.agent_toolkits.openapi.spec import (  # type: ignore[import-not-found]
    reduce_openapi_spec,
)
from langchain_community.utilities.openapi import OpenAPISpec  # type: ignore[import-not-found]

Call = tuple[str, dict[str, Any]]


def main(url: str, key: str, calls: list[Call]) -> dict[str, Any]:
    spec = OpenAPISpec.from_url(url)
    functions, call = openapi_spec_to_openai_fn(spec)
    names = {"query": "params", "headers": "headers", "body": "json"}
    answers = []
    for name, parts in calls:
        given = {names[kind]: part for kind, part in parts.items()}
        answer = call(name, given, headers={"Authorization": f"Bearer {key}"})
        answers.append(answer.json())
    planner = reduce_openapi_spec(
        json.loads(spec.model_dump_json(by_alias=True, exclude_none=True))
    )
    return {
        "tools": {each["name"]: each["parameters"] for each in functions},
        "endpoints": len(planner.endpoints),
        "answers": answers,
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))))  # noqa: T201
