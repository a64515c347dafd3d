"""tensorstore."""

from __future__ import annotations

from ...core import spelling
from ...core.backends.tensorstore import TensorStore as Backend
from ..literal import Call, Expression, literal
from .base import OUTPUT, Library


class TensorStore(Library):
    """Google's library, which takes the metadata as they are stored."""

    id = "tensorstore"
    title = "tensorstore"
    installs = ("tensorstore",)

    def why_not(self, choice):
        """What it has no codec for."""
        return Backend().supports(choice, {})

    def imports(self, choice):
        """Itself."""
        return ["import tensorstore as ts"]

    def code(self, choice):
        """The whole metadata."""
        spell = spelling.format2 if choice.zarr_format == 2 else spelling.format3
        metadata = spell(choice, choice.shape, choice.dtype) | {"shape": Expression("volume.shape")}
        lines = []
        if choice.zarr_format == 3:
            lines += _codecs(metadata["codecs"])
            metadata |= {"codecs": Expression("codecs"), "dimension_names": ["z", "y", "x"]}
        spec = {
            "driver": "zarr" if choice.zarr_format == 2 else "zarr3",
            "kvstore": {"driver": "file", "path": f"{OUTPUT}/"},
            "metadata": Expression("metadata"),
            "create": True,
        }
        opened = literal(Call("ts.open", (spec,)), used=len("array = .result()"))
        lines += [
            f"metadata = {literal(metadata)}",
            f"array = {opened}.result()",
            "array.write(volume).result()",
        ]
        return "\n".join(lines)


def _codecs(codecs: list[dict]) -> list[str]:
    """Lines that make the chain, from the inside of a shard outwards."""
    if codecs[0]["name"] != "sharding_indexed":
        return [f"codecs = {literal(codecs, used=len('codecs = '))}"]
    shard = codecs[0]["configuration"]
    inner = _codecs(shard["codecs"])
    if len(inner) == 1:
        inner.append(f"index = {literal(shard['index_codecs'])}")
    shorter = {"codecs": Expression("codecs"), "index_codecs": Expression("index")}
    return [
        *inner,
        f"shard = {literal(shard | shorter, used=len('shard = '))}",
        'codecs = [{"name": "sharding_indexed", "configuration": shard}]',
    ]
