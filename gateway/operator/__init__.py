"""Acts of operators, from the command line or the admin pages, on the database itself."""

from gateway.operator.accounts import create_account as create_account
from gateway.operator.accounts import create_account_with_key as create_account_with_key
from gateway.operator.database_checks import check_invariants as check_invariants
from gateway.operator.gateway_location import load_settings as load_settings
from gateway.operator.gateway_location import open_database as open_database
