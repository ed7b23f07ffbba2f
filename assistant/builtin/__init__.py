"""The model that needs no key and no network: it understands, calls tools, writes templates."""
