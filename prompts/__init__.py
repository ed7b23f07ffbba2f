"""Every word said to a model or said by a template, and one strict loader."""
