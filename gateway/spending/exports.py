"""Exports of usage: charges by day, key, member, project and task, streamed.

The charges come in parts, and only sums are kept: those of one day if days are grouped by, else one
for each combination of keys, projects and tasks. So memory does not grow with the charges.
"""

from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.kit.database.sessions import Database
from gateway.kit.money import render_usd
from gateway.kit.wire.csv_text import render_rows, to_text_cell
from gateway.kit.wire.json_text import write_json
from gateway.ledger.reports.postings import Span
from gateway.spending.charges import Charge, read_charges
from gateway.spending.names import SpenderNames
from gateway.spending.schemas import ExportGroup, UsageExportLine

EPOCH = date(1970, 1, 1)
LINES_PER_PART = 500
COLUMNS: dict[ExportGroup, tuple[str, ...]] = {
    "day": ("day",),
    "key": ("keyId", "keyLabel"),
    "member": ("memberId",),
    "project": ("projectId", "projectName"),
    "task": ("task",),
}
SUM_COLUMNS = ("charges", "chargedUsd", "chargedMicrousd")
Group = tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """An export: the entries it reads, its days, and the properties it groups by."""

    database: Database
    span: Span
    first: date
    last: date
    groups: Sequence[ExportGroup]
    names: SpenderNames

    async def stream_json(self) -> AsyncGenerator[bytes, None]:
        """Yield the export as one JSON object, in parts."""
        head = {"from": str(self.first), "to": str(self.last), "groupBy": list(self.groups)}
        yield f'{write_json(head)[:-1]},"data":['.encode()
        total, comma = 0, ""
        async with aclosing(self._read_lines()) as parts:
            async for lines in parts:
                total += sum(line.charged_microusd for line in lines)
                text = ",".join(line.model_dump_json() for line in lines)
                yield f"{comma}{text}".encode()
                comma = ","
        foot = {"totalUsd": render_usd(total), "totalMicrousd": total}
        yield f"],{write_json(foot)[1:]}".encode()

    async def stream_csv(self) -> AsyncGenerator[bytes, None]:
        """Yield the export as CSV (RFC 4180), in parts; it has no line of totals."""
        columns = [*(name for group in self.groups for name in COLUMNS[group]), *SUM_COLUMNS]
        yield render_rows([columns]).encode()
        async with aclosing(self._read_lines()) as parts:
            async for lines in parts:
                rows = [line.model_dump() for line in lines]
                cells = [[to_text_cell(row[name]) for name in columns] for row in rows]
                yield render_rows(cells).encode()

    async def _read_lines(self) -> AsyncGenerator[list[UsageExportLine], None]:
        async with aclosing(self._sum_groups()) as complete:
            async for sums in complete:
                ordered = sorted(sums, key=_sort_key)
                for start in range(0, len(ordered), LINES_PER_PART):
                    groups = ordered[start : start + LINES_PER_PART]
                    labels = await self._load_project_names(groups)
                    yield [self._build_line(group, sums[group], labels) for group in groups]

    async def _load_project_names(self, groups: Sequence[Group]) -> dict[str, str]:
        if "project" not in self.groups:
            return {}
        place = self.groups.index("project")
        return await self.names.load_project_names([str(group[place]) for group in groups])

    async def _sum_groups(self) -> AsyncGenerator[dict[Group, list[int]], None]:
        """Yield the sums of groups that are complete: of each day, or at the end."""
        sums: dict[Group, list[int]] = defaultdict(lambda: [0, 0])
        by_day, day = "day" in self.groups, None
        with_origins = not {"task", "project"}.isdisjoint(self.groups)
        async with aclosing(
            read_charges(self.database, self.span, with_origins=with_origins)
        ) as parts:
            async for charges in parts:
                for charge in charges:
                    if not self.names.is_visible(charge.key_id):
                        continue
                    if by_day and charge.day != day:
                        if sums:
                            yield sums
                        sums, day = defaultdict(lambda: [0, 0]), charge.day
                    count_and_sum = sums[self._find_group(charge)]
                    count_and_sum[0] += 1
                    count_and_sum[1] += charge.amount_microusd
        if sums:
            yield sums

    def _find_group(self, charge: Charge) -> Group:
        values: dict[ExportGroup, str | int | None] = {
            "day": charge.day,
            "key": self.names.find_key(charge.key_id),
            "member": self.names.find_member(charge.key_id),
            "project": charge.project_id,
            "task": charge.task,
        }
        return tuple(values[group] for group in self.groups)

    def _build_line(
        self, group: Group, count_and_sum: Sequence[int], project_names: dict[str, str]
    ) -> UsageExportLine:
        count, charged = count_and_sum
        fields: dict[str, object] = {
            "charges": count,
            "charged_usd": render_usd(charged),
            "charged_microusd": charged,
        }
        for name, value in zip(self.groups, group, strict=True):
            if name == "day":
                fields["day"] = str(EPOCH + timedelta(days=int(value or 0)))
            elif name == "task":
                fields["task"] = value
            else:
                fields[f"{name}_id"] = value
            if name == "key":
                fields["key_label"] = self.names.find_key_label(value)
            if name == "project":
                fields["project_name"] = project_names.get(str(value))
        return UsageExportLine.model_validate(fields)


def _sort_key(group: Group) -> list[str]:
    return ["" if value is None else str(value) for value in group]
