"""The company's own facts: read exactly, imported whole, seen only by those who may."""
