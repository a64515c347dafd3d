"""How far two volumes are apart, in the terms of the field."""

from .images import Similarity, compare, require

__all__ = ["Similarity", "compare", "require"]
