"""Oracles recompute every figure from the raw rows and import nothing from the product."""
