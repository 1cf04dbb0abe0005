"""Shape of a schema, and what of a newer one breaks a program that was made for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Inspector, inspect, text
from sqlalchemy.engine.interfaces import ReflectedIndex

from gateway.migrations.compatibility import SCHEMA_TABLE, STRICT_TABLE
from gateway.migrations.extras import spell_out_lists

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


def read_shape(
    connection: Connection, known: dict[tuple[str, ...], TableShape] | None = None
) -> dict[str, TableShape]:
    """Read the shape of every table.

    SQLite reads each table by a dozen statements, so `known` keeps its tables by their SQL: a table
    that a migration left alone is read once.
    """
    names = set(inspect(connection).get_table_names()) - {SCHEMA_TABLE, STRICT_TABLE}
    known = {} if known is None else known
    definitions = _read_definitions(connection)
    keys = {name: (name, *definitions.get(name, ())) for name in names}
    changed = [name for name, key in keys.items() if name not in definitions or key not in known]
    shapes = _read_tables(connection, changed) if changed else {}
    known |= {keys[name]: shape for name, shape in shapes.items()}
    return {name: shapes.get(name) or known[key] for name, key in keys.items()}


def _read_definitions(connection: Connection) -> dict[str, list[str]]:
    """Return the SQL of each table, its indexes and its triggers on SQLite; nothing elsewhere."""
    definitions: dict[str, list[str]] = {}
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT tbl_name, sql FROM sqlite_master ORDER BY name"))
        for table, sql in rows:
            definitions.setdefault(table, []).append(str(sql))
    return definitions


def _read_tables(connection: Connection, names: Sequence[str]) -> dict[str, TableShape]:
    """Read the shapes of these tables; PostgreSQL answers for all at once."""
    inspector = inspect(connection)
    rules: dict[str, list[str]] = {name: [] for name in names}
    triggers = text(TRIGGERS[connection.dialect.name])
    for table, trigger in connection.execute(triggers):
        if table in rules:
            rules[table].append(f"trigger {trigger}")
    for table, rule in _list_rules(inspector, names):
        rules[table].append(rule)
    return {
        table: TableShape(
            {each["name"]: ColumnShape(
                str(each["type"]), bool(each["nullable"]),
                each["default"] is not None or "identity" in each,
            ) for each in columns},
            frozenset(rules[table]),
        )
        for (_, table), columns in inspector.get_multi_columns(filter_names=names).items()
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


def _list_rules(inspector: Inspector, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each table with what refuses a row: keys, unique indexes, checks, references."""
    for (_, table), primary in inspector.get_multi_pk_constraint(filter_names=names).items():
        yield table, f"primary key {primary['constrained_columns']}"
    for (_, table), indexes in inspector.get_multi_indexes(filter_names=names).items():
        yield from ((table, rule) for rule in _list_index_rules(indexes))
    for (_, table), uniques in inspector.get_multi_unique_constraints(filter_names=names).items():
        for unique in uniques:
            yield table, f"unique {unique['column_names']} []"
    for (_, table), checks in inspector.get_multi_check_constraints(filter_names=names).items():
        for check in checks:
            yield table, f"check {spell_out_lists(check['sqltext'])}"
    for (_, table), references in inspector.get_multi_foreign_keys(filter_names=names).items():
        for key in references:
            yield table, f"reference {key['constrained_columns']} -> {key['referred_table']}"


def _list_index_rules(indexes: Sequence[ReflectedIndex]) -> Iterator[str]:
    for index in indexes:
        if index["unique"]:
            where = index.get("dialect_options", {})
            clauses = {str(value) for name, value in where.items() if name.endswith("_where")}
            yield f"unique {index['column_names']} {sorted(clauses)}"
