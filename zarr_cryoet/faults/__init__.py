"""What becomes of a read from a bucket that fails: retried, raised, wrong, or hung."""
