"""Playbooks, past plans and notes: reading files, the vector store, retrieval."""
