"""What a volume looks like, small enough to stand beside its results: slices, histogram, spectrum."""
