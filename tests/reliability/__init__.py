"""Campaigns that count how often a promise was put to the test, and how often it held."""
