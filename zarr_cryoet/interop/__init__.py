"""Who reads bit for bit what whom wrote."""
