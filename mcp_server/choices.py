"""The choice of tools: by toolset, by name, or only those that read."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

USUAL = frozenset({"media", "studio", "account"})
CORE, ALL = "core", "all"
ON = frozenset({"1", "true", "yes", "on"})


class Named(Protocol):
    """How a tool can be named."""

    @property
    def name(self) -> str:
        """Return its name."""
        ...

    @property
    def toolsets(self) -> Collection[str]:
        """Return the toolsets it is in."""
        ...


class Offered(Named, Protocol):
    """What is known of a tool before it is offered."""

    @property
    def core(self) -> bool:
        """Return True if the tool is in the small set for everyday work."""
        ...

    @property
    def reads(self) -> bool:
        """Return True if the tool changes nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Tools that somebody chose: these toolsets and these tools; none named means no opinion."""

    toolsets: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    read_only: bool = False

    @classmethod
    def parse(
        cls, *, toolsets: str = "", tools: str = "", exclude: str = "", read_only: bool = False
    ) -> "Choice":
        """Return the choice that comma-separated names stand for."""
        return cls(
            toolsets=_names(toolsets),
            tools=_names(tools),
            excluded=_names(exclude),
            read_only=read_only,
        )

    @classmethod
    def of_headers(cls, headers: Mapping[str, str]) -> "Choice":
        """Return what a client asks for in its headers."""
        return cls.parse(
            toolsets=headers.get("x-mcp-toolsets", ""),
            tools=headers.get("x-mcp-tools", ""),
            read_only=headers.get("x-mcp-readonly", "").strip().lower() in ON,
        )

    @property
    def named(self) -> bool:
        """Return True if tools are chosen by name, which leaves out all others."""
        return bool(self.toolsets or self.tools)

    def admits(self, tool: Offered) -> bool:
        """Return True if a tool is among those chosen here."""
        if tool.name in self.excluded or (self.read_only and not tool.reads):
            return False
        return not self.named or self._names(tool)

    def _names(self, tool: Offered) -> bool:
        if tool.name in self.tools or ALL in self.toolsets:
            return True
        return not self.toolsets.isdisjoint(tool.toolsets) or (CORE in self.toolsets and tool.core)


def strange(choice: Choice, tools: Collection[Named]) -> str:
    """List the names of a choice that are no tool or toolset; empty if all are known."""
    known = {tool.name for tool in tools}
    sets = {CORE, ALL}.union(*(tool.toolsets for tool in tools))
    if wrong := sorted(choice.toolsets - sets):
        return f"There is no toolset {wrong[0]}; there are {', '.join(sorted(sets))}."
    if wrong := sorted((choice.tools | choice.excluded) - known):
        return f"There is no tool {wrong[0]}; see tools/list."
    return ""


def admitted(tool: Offered, choices: Iterable[Choice]) -> bool:
    """Return True if a tool is offered under all these bounds; without any, the usual toolsets."""
    bounds = list(choices)
    if not any(choice.named for choice in bounds):
        bounds.append(Choice(toolsets=USUAL))
    return all(choice.admits(tool) for choice in bounds)


def _names(given: str) -> frozenset[str]:
    return frozenset(name.strip() for name in given.split(",") if name.strip())
