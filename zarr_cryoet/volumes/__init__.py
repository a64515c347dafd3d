"""Volumes: what there is to measure on, and how it is prepared."""
