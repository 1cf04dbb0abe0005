"""Acts of an operator from the command line, on the database itself."""

from gateway.operator.accounts import create_account as create_account
from gateway.operator.accounts import new_account as new_account
from gateway.operator.checking import check as check
from gateway.operator.opening import opened as opened
from gateway.operator.opening import settings_for as settings_for
