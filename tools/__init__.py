"""Deterministic calculations on the company's facts; every result is facts with evidence."""
