"""Exports of five systems as they come out, of companies and people who do not exist.

Each module has `write(folder)`. Most of its rows are plain and made in a loop; those that stand
there one by one have the dirt of real life, and what they become is written down in
tests/crm/test_ready_made.py.
"""
