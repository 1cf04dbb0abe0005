"""An engine's report of an attempt: how it is stored, and how it is shown.

Both ways lead through the allow-list of `upstream_schemas`, so that neither the database nor the
wire holds more, whatever a node sent. The graph is stored apart: it holds the prompt, and is
deleted with it. It comes from our own worker, which drew it, and never from a node.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import MISSING

from gateway.kit.json_text import write_json
from gateway.kit.redaction import hide
from gateway.media.upstream_schemas import Upstream, UpstreamWorkflow

MOST_GRAPH_BYTES = 32 * 1024
ALIAS = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")


@dataclass(frozen=True, slots=True)
class Report:
    """What an attempt's row keeps of an engine's report, as JSON; None where there is none."""

    upstream_json: str | None = None
    workflow_json: str | None = None


NO_REPORT = Report()


def encode_report(reported: Mapping[str, Any], graph: Mapping[str, Any] | None) -> Report:
    """Return a report as it is stored; a graph that is too large is left out."""
    text = None if graph is None else write_json(graph)
    if text is not None and len(text.encode()) > MOST_GRAPH_BYTES:
        text = None
    return Report(write_json(render_upstream(reported)), text)


def render_upstream(reported: object, graph: str | None = None) -> Upstream:
    """Return what may be shown of a report, with the graph (JSON) if it is to be shown."""
    found = Upstream.model_validate(reported if isinstance(reported, Mapping) else {})
    if found.workflow is MISSING and graph is None:
        return found
    workflow = UpstreamWorkflow() if found.workflow is MISSING else found.workflow
    drawn = MISSING if graph is None else json.loads(graph)
    return found.model_copy(update={"workflow": workflow.model_copy(update={"graph": drawn})})


def is_alias(name: str) -> bool:
    """Return True if a node may be called so: the name is shown to users."""
    return ALIAS.fullmatch(name) is not None and hide(name) == name
