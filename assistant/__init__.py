"""The conversation: understanding, the agent, the ledger check, threads, the composition root."""
