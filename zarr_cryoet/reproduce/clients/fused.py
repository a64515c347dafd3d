"""zarr-python's fused pipeline."""

from __future__ import annotations

from dataclasses import replace

from ...core.backends.fused import ZarrFused
from . import zarr3

CLIENT = replace(
    zarr3.CLIENT,
    id="zarr-fused",
    **zarr3.piped(
        "FusedCodecPipeline",
        {"codec_pipeline.path": ZarrFused.pipeline},
        "pipeline.sync_transform is not None",
        "the fused pipeline does not read this array",
    ),
)
