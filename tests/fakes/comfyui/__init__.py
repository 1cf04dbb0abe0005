"""A stand-in for ComfyUI over real HTTP and WebSocket: its routes, its quirks, its faults."""

from tests.fakes.comfyui.faults import Faults as Faults
from tests.fakes.comfyui.server import FakeComfy as FakeComfy
