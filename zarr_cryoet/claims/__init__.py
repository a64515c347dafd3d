"""What zarr's release notes claim for dense 3-D arrays, and whether it can be measured."""
