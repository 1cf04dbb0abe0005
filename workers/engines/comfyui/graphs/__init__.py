"""ComfyUI graphs: drawn from plans, and checked so that a node runs them as they stand."""

from workers.engines.comfyui.graphs.builder import build_graph as build_graph
from workers.engines.comfyui.graphs.checks.checker import check_graph as check_graph
from workers.engines.comfyui.graphs.families.family import Family as Family
from workers.engines.comfyui.graphs.findings import Finding as Finding
from workers.engines.comfyui.graphs.graph import Graph as Graph
