"""Whether one release, or commit, became slower than another: claims, and their confirmation."""
