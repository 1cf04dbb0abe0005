"""Facts of a ComfyUI node about its own node classes."""

from workers.engines.comfyui.facts.object_info import ClassFacts as ClassFacts
from workers.engines.comfyui.facts.object_info import ComfyFacts as ComfyFacts
from workers.engines.comfyui.facts.object_info import FactsUnreadable as FactsUnreadable
from workers.engines.comfyui.facts.object_info import InputFacts as InputFacts
from workers.engines.comfyui.facts.object_info import load_recorded_facts as load_recorded_facts
from workers.engines.comfyui.facts.object_info import read_object_info as read_object_info
