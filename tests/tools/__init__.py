"""Every figure of a tool against an oracle that recomputes it from the raw rows."""
