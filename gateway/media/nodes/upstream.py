"""An engine's report of an attempt, stored with the attempt and rendered for the wire.

Storing and rendering both go through the allow-list of `upstream_schemas`: a node is not trusted,
and neither the database nor the wire may hold more than that, whatever it sent. The graph is stored
apart, because it holds the prompt and is deleted with it. It comes from our own worker, which built
it, and never from a node.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pydantic import MISSING

from gateway.kit.telemetry.redaction import hide_secrets
from gateway.kit.wire.json_text import write_json
from gateway.media.nodes.upstream_schemas import Upstream, UpstreamWorkflow

CostState: TypeAlias = Literal["none", "expected", "reported", "possible"]
MOST_GRAPH_BYTES = 32 * 1024
ALIAS_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")


@dataclass(frozen=True, slots=True)
class StoredReport:
    """An engine's report as the attempt's row stores it, in JSON; None where there is none.

    `handle` is the node's own id of the attempt. `cost_microusd` is what its owner may charge us;
    only operators see it.
    """

    upstream_json: str | None = None
    workflow_json: str | None = None
    handle: str | None = None
    cost_microusd: int | None = None
    cost_state: CostState | None = None


NO_REPORT = StoredReport()


def encode_report(reported: Mapping[str, Any], graph: Mapping[str, Any] | None) -> StoredReport:
    """Return a report for the attempt's row; a graph above 32 KiB is left out."""
    text = None if graph is None else write_json(graph)
    if text is not None and len(text.encode()) > MOST_GRAPH_BYTES:
        text = None
    return StoredReport(write_json(render_upstream(reported)), text)


def render_upstream(reported: object, graph: str | None = None) -> Upstream:
    """Return the fields of a report that may be shown, and the graph (JSON) if it is given."""
    upstream = Upstream.model_validate(reported if isinstance(reported, Mapping) else {})
    if upstream.workflow is MISSING and graph is None:
        return upstream
    workflow = UpstreamWorkflow() if upstream.workflow is MISSING else upstream.workflow
    shown_graph = MISSING if graph is None else json.loads(graph)
    workflow = workflow.model_copy(update={"graph": shown_graph})
    return upstream.model_copy(update={"workflow": workflow})


def is_alias(name: str) -> bool:
    """Return True if this may be the name of a node: users see it, so it must hold no secret."""
    return ALIAS_PATTERN.fullmatch(name) is not None and hide_secrets(name) == name
