"""Measure Zarr on cryo-electron-tomography volumes."""

__version__ = "0.1.0"
