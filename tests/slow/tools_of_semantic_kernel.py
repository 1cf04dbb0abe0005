"""Make a plugin of an OpenAPI document with Semantic Kernel, and call some of its functions.

`python tools_of_semantic_kernel.py URL KEY CALLS` prints the names of the functions and the answer
to each call. CALLS is a list of `[operation, {"query": …, "headers": …, "body": …}]`.
"""

import asyncio
import json
import sys
from typing import Any

from semantic_kernel import Kernel  # type: ignore[import-not-found]
from semantic_kernel.connectors.openapi_plugin import (  # type: ignore[import-not-found]
    OpenAPIFunctionExecutionParameters,
)

Call = tuple[str, dict[str, Any]]


async def main(url: str, key: str, calls: list[Call]) -> dict[str, Any]:
    kernel = Kernel()
    settings = OpenAPIFunctionExecutionParameters(
        auth_callback=lambda **_headers: {"Authorization": f"Bearer {key}"},
        # The gateway is on this machine; elsewhere only https is asked.
        server_url_validation_allowed_base_urls=[url.rpartition("/")[0]],
        allow_private_network_access=True,
    )
    plugin = kernel.add_plugin_from_openapi(
        plugin_name="killatamata", openapi_document_path=url, execution_settings=settings
    )
    answers = []
    for name, parts in calls:
        answer = await kernel.invoke(plugin[name], **dict(list_arguments(parts)))
        answers.append(json.loads(str(answer)))
    tools = {
        name: {each.name: each.schema_data for each in function.parameters}
        for name, function in plugin.functions.items()
    }
    return {"tools": tools, "answers": answers}


def list_arguments(parts: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the arguments of a call as a model gives them here: all side by side."""
    found: list[tuple[str, Any]] = []
    for name, value in parts.items():
        if isinstance(value, dict):
            found += list_arguments(value)
        else:
            found.append((name.replace("-", "_"), value))
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))))  # noqa: T201
