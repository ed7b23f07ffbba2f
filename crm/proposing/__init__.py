"""An export nobody has seen is looked at, and a mapping for it is proposed as a file to edit."""
