"""Runs in a bucket: a folder of their own in it, which is gone when they end."""
