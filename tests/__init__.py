"""Tests mirror the rooms: tests/crm for crm, tests/tools for tools."""
