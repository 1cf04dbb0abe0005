"""The subjects of budgets."""

from gateway.kit.database.states import State


class BudgetSubject(State):
    """The spending that a budget is about."""

    ACCOUNT = "account"
    KEY = "key"
    MEMBER = "member"
    PROJECT = "project"
