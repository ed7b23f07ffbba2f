"""Exports as they really come: a company's true rows, written in every shape that offices write."""
