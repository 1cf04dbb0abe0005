"""Every graph is on file, one node a line, so that a change of a builder is a diff to read.

Write the files anew with `KT_TEST_REWRITE_GOLDEN=1 ./test -k golden`, and read what changed.
"""

import json
import os
from pathlib import Path

import pytest

from tests.workers.graphs.shelf import CASES, draw_case
from workers.engines.comfyui.facts import load_recorded_facts
from workers.engines.comfyui.graphs import Graph, check_graph

GOLDEN = Path(__file__).with_name("golden")
REWRITE = "KT_TEST_REWRITE_GOLDEN"


def render_golden(graph: Graph) -> str:
    nodes = graph.to_json().items()
    lines = [f" {json.dumps(name)}: {json.dumps(node, sort_keys=True)}" for name, node in nodes]
    return "{\n" + ",\n".join(lines) + "\n}\n"


@pytest.mark.parametrize("name", CASES)
def test_a_graph_is_the_golden_one_and_has_no_finding(name: str) -> None:
    graph, file = draw_case(name), GOLDEN / f"{name}.json"
    assert check_graph(graph, load_recorded_facts()) == []
    if os.environ.get(REWRITE):
        file.write_text(render_golden(graph))
    assert file.read_text() == render_golden(graph), f"if it is meant: {REWRITE}=1"


def test_each_golden_file_belongs_to_a_graph() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == set(CASES)
