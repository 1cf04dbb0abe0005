"""The type of a task's input in JSON, in a module so light that a child process affords it."""

from typing import Any, TypeAlias

InputJson: TypeAlias = dict[str, Any]
"""The input of a task or of a free step in wire names, as sent or as executed: open, for each task
has fields of its own, which its `inputSchema` tells."""
