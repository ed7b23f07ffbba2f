"""The doors of the house: they translate, and have no logic of their own."""
