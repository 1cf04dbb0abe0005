"""Calls of clients that wait for a picture: one intended picture is one job."""
