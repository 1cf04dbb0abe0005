"""Facts of a ComfyUI node about its own node classes."""

from workers.engines.comfyui.facts.object_info import Facts as Facts
from workers.engines.comfyui.facts.object_info import FactsUnreadable as FactsUnreadable
from workers.engines.comfyui.facts.object_info import InputFacts as InputFacts
from workers.engines.comfyui.facts.object_info import NodeFacts as NodeFacts
from workers.engines.comfyui.facts.object_info import read as read
from workers.engines.comfyui.facts.object_info import recorded as recorded
