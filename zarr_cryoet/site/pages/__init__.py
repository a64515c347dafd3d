"""One page, one file: a subclass of `zarr_cryoet.site.frame.Page`, found because it is there."""
