"""The decision for each table: whose its rows are, what of them is exported, and what is erased."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

CUSTOMER = "SELECT id FROM ledger_account WHERE owner_id = :account AND kind = 'customer'"
LEDGER = """
    SELECT id FROM ledger_account WHERE owner_id = :account
       OR owner_id IN (SELECT id FROM affiliate WHERE account_id = :account)
"""


@cache
def load_tables() -> Mapping[str, Mapping[str, Any]]:
    """Load what an export takes from each table, and what an erasure leaves in it."""
    source = resources.files("gateway.operator.personal_data") / "tables.toml"
    return tomllib.loads(source.read_text())


def build_owner_condition(table: str, *, exported: bool = False) -> str:
    """Build the condition of the rows that a table has of the account `:account`.

    `exported`: of those that an export has, where they are others than an erasure ends.
    """
    rule = load_tables()[table]
    condition: str = rule["owner"]
    if exported:
        condition = rule.get("exported_owner", condition)
    return condition.replace("{customer}", CUSTOMER).replace("{ledger}", LEDGER)
