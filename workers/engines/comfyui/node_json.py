"""The JSON of ComfyUI nodes."""

from collections.abc import Mapping
from typing import Any, TypeAlias

NodeJson: TypeAlias = Mapping[str, Any]
"""An answer of a node: open, for it differs by version, and any extension may add to it."""
