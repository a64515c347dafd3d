"""Many cells in one run: the paired sampler, from the command line to a file of results."""
