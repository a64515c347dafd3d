"""Request models by library, and how what they predict is counted."""
