"""Acts of an operator from the command line, on the database itself."""

from gateway.operator.accounts import create_account as create_account
from gateway.operator.accounts import create_account_with_key as create_account_with_key
from gateway.operator.checking import check_invariants as check_invariants
from gateway.operator.opening import load_settings as load_settings
from gateway.operator.opening import open_database as open_database
