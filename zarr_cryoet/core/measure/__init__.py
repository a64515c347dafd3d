"""Taking figures that can be trusted."""
