"""Proofs over every door at once: who sees whose words, and what hostile text can bring about."""
