"""``python -m zarr_cryoet`` is ``zarr-cryoet``."""

from .cli import main

if __name__ == "__main__":
    main()
