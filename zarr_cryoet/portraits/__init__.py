"""What a volume looks like: slices, histogram and spectrum, in a record beside its results."""
