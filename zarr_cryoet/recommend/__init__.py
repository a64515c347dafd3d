"""Advice: which codec and layout suit a tomogram, for the way it is read and where it is kept."""
