"""Movements of money: holds, settlement, credit, direct spending, earnings of affiliates."""
