"""Spending as its owner sees it: exports of usage, monthly statements, budgets and their alerts."""
