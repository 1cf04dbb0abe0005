"""ComfyUI graphs: drawn from plans, and checked so that a node runs them as they stand."""

from workers.engines.comfyui.graphs.building import build as build
from workers.engines.comfyui.graphs.checker import check as check
from workers.engines.comfyui.graphs.family import Family as Family
from workers.engines.comfyui.graphs.findings import Finding as Finding
from workers.engines.comfyui.graphs.graph import Graph as Graph
