"""ComfyUI graphs: drawn from plans, and checked so that a node runs them as they stand."""

from workers.engines.comfyui.graphs.building import build_graph as build_graph
from workers.engines.comfyui.graphs.checker import check_graph as check_graph
from workers.engines.comfyui.graphs.family import Family as Family
from workers.engines.comfyui.graphs.findings import Finding as Finding
from workers.engines.comfyui.graphs.graph import Graph as Graph
