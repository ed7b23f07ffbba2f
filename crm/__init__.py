"""The company's own facts: canonical tables, imports, the warehouse, and who may see which rows."""
