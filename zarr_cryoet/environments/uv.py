"""Where uv is; apart from `resolve`, whose packages only the makers of locks need."""

from __future__ import annotations

import shutil

from ..core.errors import UserError


def find_uv() -> str:
    """Where uv is.

    Raises
    ------
    UserError
        It is not installed.
    """
    try:
        from uv import find_uv_bin

        return find_uv_bin()
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if not found:
        raise UserError("uv is not installed; pip install 'zarr-cryoet[history]'")
    return found
