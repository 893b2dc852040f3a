"""Helpers of the tests: an outside attacker, and processes that end by process id."""
