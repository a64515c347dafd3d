"""Snippets: ready-to-paste code that stores a tomogram in a chosen way, by library."""

from __future__ import annotations

from .libraries import libraries
from .libraries.base import Choice


def snippets(choice: dict) -> dict[str, str]:
    """Code that stores a tomogram so, for each library.

    Parameters
    ----------
    choice
        ``codec`` and ``layout`` (ids), ``zarr_format`` (2 or 3), ``shape`` (voxels along
        z, y, x), ``dtype`` (numpy's name), and ``voxel_spacing`` (Å: one number, or along
        z, y, x; absent or None where it is not known).

    Returns
    -------
    dict
        By id of the library. Each reads ``tomogram.mrc`` and writes ``tomogram.zarr``, which
        must not be there; its first line says what to install. Where a library cannot, the
        text is one comment line that says why.

    Raises
    ------
    UserError
        No codec or layout is called so, or a value makes no sense.
    """
    chosen = Choice.of(choice)
    return {library.id: library.snippet(chosen) for library in libraries()}
