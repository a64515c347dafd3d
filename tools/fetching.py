"""`zarr-cryoet fetching`, by the name that its page gives it."""

import sys

from zarr_cryoet import cli

sys.argv[:1] = ["zarr-cryoet", "fetching"]
cli.main()
