"""Findings about a graph, one sentence each."""

from collections.abc import Iterable
from dataclasses import dataclass

MISSING_FILE = "missing_file"


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a node breaks; `input` is empty where the node as a whole does."""

    rule: str
    node: str
    input: str
    message: str

    @property
    def operator_text(self) -> str:
        """Return the sentence for the operator, who need not know which node wants a file."""
        return f"{self.message} is missing" if self.rule == MISSING_FILE else str(self)

    def __str__(self) -> str:
        """Return the place of the finding and its message."""
        place = ".".join(filter(None, (self.node, self.input)))
        return f"{place}: {self.message}"


def join_findings(findings: Iterable[Finding]) -> str:
    """Return all findings as one text."""
    return "; ".join(str(finding) for finding in findings)
