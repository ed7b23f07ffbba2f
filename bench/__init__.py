"""Measurements, printed as ratios against something run beside them on the same machine."""
