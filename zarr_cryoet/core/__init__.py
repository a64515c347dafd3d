"""What runs inside the environments under test: numpy alone, and any zarr."""
