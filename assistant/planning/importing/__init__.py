"""Plans written elsewhere, taken into the model; what cannot be placed for sure is listed."""
