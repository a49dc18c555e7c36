"""Stateful stand-ins for real systems, for the demo and the tests."""
