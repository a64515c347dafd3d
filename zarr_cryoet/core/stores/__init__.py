"""Where objects are kept, and what is counted there."""
