"""zarrs' pipeline in zarr-python."""

from __future__ import annotations

from dataclasses import replace

from ...core.backends.zarrs import Zarrs
from . import zarr3

CLIENT = replace(
    zarr3.CLIENT,
    id="zarrs",
    package="zarrs",
    releases=("",),
    more=("zarr",),
    read={"box": zarr3.READ["box"]},
    counting=None,
    uncounted="zarrs opens files by itself, past any store that a short script could count in",
    **zarr3.piped(
        "ZarrsCodecPipeline",
        {"codec_pipeline.path": Zarrs.pipeline, "codec_pipeline.strict": True},
        "pipeline.impl is not None",
        "zarrs hands this array to zarr-python",
    ),
)
