"""The sandbox engine: true files of the exact size on any CPU, each marked SANDBOX.

`SandboxEngine` is the door. All else here runs in the child process of an attempt, which imports
this package too: so the engine, with asyncio and all, is imported only at its first use.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workers.engines.sandbox.engine import SandboxEngine as SandboxEngine


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the protocol of module attributes
    """Import the engine at first use."""
    if name != "SandboxEngine":
        raise AttributeError(name)
    from workers.engines.sandbox.engine import SandboxEngine as engine  # noqa: N813, PLC0415

    return engine
