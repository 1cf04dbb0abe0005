"""The input of a task, as it crosses the engines."""

from collections.abc import Mapping
from typing import Any, TypeAlias

TaskInput: TypeAlias = Mapping[str, Any]
"""The effective input of a task, or a part of it, by its wire names.

Open here: each task has a model of its own in `gateway/media/tasks`, which has checked it.
"""
