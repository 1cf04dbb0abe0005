"""Choices of tools: by toolset, by name, or only those that read."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

DEFAULT_TOOLSETS = frozenset({"media", "studio", "account"})
CORE_TOOLSET, ALL_TOOLSETS = "core", "all"
FALSE_WORDS = frozenset({"0", "false", "no", "off"})
URL_PARAMETERS = frozenset({"toolsets", "tools", "exclude", "readonly"})
LISTS = URL_PARAMETERS - {"readonly"}  # parameters that name tools or toolsets
SESSION_PARAMETER = "session_id"  # the SDK's own, of `/messages/`


class NamedTool(Protocol):
    """The names by which a tool can be chosen."""

    @property
    def name(self) -> str:
        """Return the tool's name."""
        ...

    @property
    def toolsets(self) -> Collection[str]:
        """Return the toolsets that contain the tool."""
        ...


class SelectableTool(NamedTool, Protocol):
    """The facts of a tool that decide whether a choice admits it."""

    @property
    def core(self) -> bool:
        """Return True if the tool is in the small set for everyday work."""
        ...

    @property
    def is_read_only(self) -> bool:
        """Return True if the tool changes nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolChoice:
    """One party's choice of tools: the operator's, a grant's, or a client's.

    Named toolsets and tools add up; without any, every tool is admitted that is not excluded.
    """

    toolsets: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    read_only: bool = False

    @classmethod
    def parse(
        cls, *, toolsets: str = "", tools: str = "", exclude: str = "", read_only: bool = False
    ) -> "ToolChoice":
        """Build a choice from comma-separated names."""
        return cls(
            toolsets=_split_names(toolsets),
            tools=_split_names(tools),
            excluded=_split_names(exclude),
            read_only=read_only,
        )

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> "ToolChoice":
        """Build the choice that a client states in its headers."""
        return cls.parse(
            toolsets=headers.get("x-mcp-toolsets", ""),
            tools=headers.get("x-mcp-tools", ""),
            read_only=_is_on(headers.get("x-mcp-readonly")),
        )

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "ToolChoice":
        """Build the choice in a URL, for hosts that people give a URL and no headers."""
        return cls.parse(
            toolsets=query.get("toolsets", ""),
            tools=query.get("tools", ""),
            exclude=query.get("exclude", ""),
            read_only=_is_on(query.get("readonly")),
        )

    @property
    def selects_by_name(self) -> bool:
        """Return True if toolsets or tools are named, which leaves out all others."""
        return bool(self.toolsets or self.tools)

    def admits(self, tool: SelectableTool) -> bool:
        """Return True if this choice admits a tool."""
        if tool.name in self.excluded or (self.read_only and not tool.is_read_only):
            return False
        return not self.selects_by_name or self._selects(tool)

    def _selects(self, tool: SelectableTool) -> bool:
        if tool.name in self.tools or ALL_TOOLSETS in self.toolsets:
            return True
        return not self.toolsets.isdisjoint(tool.toolsets) or (
            CORE_TOOLSET in self.toolsets and tool.core
        )


def describe_unknown_names(choice: ToolChoice, tools: Collection[NamedTool]) -> str:
    """Describe the first name of a choice that is no tool or toolset; empty if all are known."""
    if not (choice.toolsets or choice.tools or choice.excluded):
        return ""
    tool_names = {tool.name for tool in tools}
    toolsets = {CORE_TOOLSET, ALL_TOOLSETS}.union(*(tool.toolsets for tool in tools))
    if unknown := sorted(choice.toolsets - toolsets):
        return f"There is no toolset {unknown[0]}; there are {', '.join(sorted(toolsets))}."
    if unknown := sorted((choice.tools | choice.excluded) - tool_names):
        return f"There is no tool {unknown[0]}; see tools/list."
    return ""


def describe_lost_bound(parameters: Collection[tuple[str, str]]) -> str:
    """Describe the first parameter of a URL that would bound nothing; empty if each bounds.

    A bound that is misspelt, empty or named twice would be none, and nobody would notice.
    """
    names = [name for name, _ in parameters]
    if unknown := sorted({*names} - URL_PARAMETERS - {SESSION_PARAMETER}):
        known = ", ".join(sorted(URL_PARAMETERS))
        return f"There is no parameter {unknown[0]}; there are {known}."
    if twice := sorted(name for name in URL_PARAMETERS if names.count(name) > 1):
        return f"The URL has {twice[0]} twice; name all in one, with commas."
    if empty := sorted(
        name for name, value in parameters if name in LISTS and not value.strip(" ,")
    ):
        return f"{empty[0]} of the URL names nothing; name something or leave it out."
    return ""


def is_tool_admitted(tool: SelectableTool, choices: Iterable[ToolChoice]) -> bool:
    """Return True if every choice admits a tool.

    If none of the choices names anything, only the default toolsets are admitted.
    """
    bounds = list(choices)
    if not any(choice.selects_by_name for choice in bounds):
        bounds.append(ToolChoice(toolsets=DEFAULT_TOOLSETS))
    return all(choice.admits(tool) for choice in bounds)


def _split_names(names: str) -> frozenset[str]:
    return frozenset(name.strip() for name in names.split(",") if name.strip())


def _is_on(word: str | None) -> bool:
    """Return True for a switch that is there: without a value, or with one that is no "no"."""
    return word is not None and word.strip().lower() not in FALSE_WORDS
