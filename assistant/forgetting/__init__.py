"""Forgetting a customer's person: everywhere in the workspace, and a search that proves it."""
