"""Shape of a schema, and what of a newer one breaks a program that was made for it."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Inspector, inspect, text

from gateway.migrations.compatibility import SCHEMA_TABLE, STRICT_TABLE

TRIGGERS = {
    "sqlite": "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal",
}


@dataclass(frozen=True)
class ColumnShape:
    """One column, as a program that reads or writes it depends on it."""

    type: str
    is_nullable: bool
    has_default: bool

    def list_breaks(self, after: "ColumnShape") -> Iterator[str]:
        """Yield what a newer shape takes away."""
        if after.type != self.type:
            yield f"is {after.type} and was {self.type}"
        if self.is_nullable and not after.is_nullable:
            yield "must be given now"
        if self.has_default and not (after.has_default or after.is_nullable):
            yield "has lost its default"

    @property
    def can_be_left_out(self) -> bool:
        """Return True if an INSERT need not name the column."""
        return self.is_nullable or self.has_default


@dataclass(frozen=True)
class TableShape:
    """One table: its columns, and the rules that refuse rows."""

    columns: dict[str, ColumnShape]
    rules: frozenset[str]

    def list_breaks(self, after: "TableShape") -> Iterator[str]:
        """Yield what an INSERT, UPDATE or SELECT of an older program would stumble over."""
        for name, column in self.columns.items():
            if name not in after.columns:
                yield f".{name} is gone"
                continue
            yield from (f".{name} {each}" for each in column.list_breaks(after.columns[name]))
        for name in after.columns.keys() - self.columns.keys():
            if not after.columns[name].can_be_left_out:
                yield f".{name} is new and has no default"
        yield from (f" has a new rule: {rule}" for rule in sorted(after.rules - self.rules))


def read_shape(connection: Connection) -> dict[str, TableShape]:
    """Read the shape of every table."""
    inspector = inspect(connection)
    triggers = [tuple(row) for row in connection.execute(text(TRIGGERS[connection.dialect.name]))]
    return {
        name: TableShape(
            {each["name"]: ColumnShape(
                str(each["type"]), bool(each["nullable"]),
                each["default"] is not None or "identity" in each,
            ) for each in inspector.get_columns(name)},
            frozenset(
                [*_list_rules(inspector, name),
                 *(f"trigger {trigger}" for table, trigger in triggers if table == name)]
            ),
        )
        for name in inspector.get_table_names()
        if name not in {SCHEMA_TABLE, STRICT_TABLE}
    }  # fmt: skip


def list_breaks(before: dict[str, TableShape], after: dict[str, TableShape]) -> list[str]:
    """List what of a newer schema breaks a program that was made for the older one."""
    gone = [f"{name} is gone" for name in before.keys() - after.keys()]
    both = before.keys() & after.keys()
    return sorted(
        [
            *gone,
            *(f"{name}{each}" for name in both for each in before[name].list_breaks(after[name])),
        ]
    )


def _list_rules(inspector: Inspector, table: str) -> Iterator[str]:
    """Yield what refuses a row: keys, unique indexes, checks, references."""
    yield f"primary key {inspector.get_pk_constraint(table)['constrained_columns']}"
    for index in inspector.get_indexes(table):
        if index["unique"]:
            where = index.get("dialect_options", {})
            clauses = {str(value) for name, value in where.items() if name.endswith("_where")}
            yield f"unique {index['column_names']} {sorted(clauses)}"
    for unique in inspector.get_unique_constraints(table):
        yield f"unique {unique['column_names']} []"
    for check in inspector.get_check_constraints(table):
        yield f"check {check['sqltext']}"
    for key in inspector.get_foreign_keys(table):
        yield f"reference {key['constrained_columns']} -> {key['referred_table']}"
