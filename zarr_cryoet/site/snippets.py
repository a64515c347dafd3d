"""Code to paste for every way of storing that the page Advice may choose, in little space.

A browser runs no Python: for each library, codec and format stands a text whose chunks and shards
are left open. Texts share most of their lines, so each line stands once.
"""

from __future__ import annotations

import itertools
import re
from functools import cache

from ..core.errors import UserError
from ..reproduce.snippets import snippets

#: Edges that stand for those of chunks and of shards: no other number in a snippet is so long.
CHUNK = (10007, 10009, 10037)
RATIO = (10039, 10061, 10067)  # of a shard to its chunks, which iohub is told
SHARD = tuple(c * r for c, r in zip(CHUNK, RATIO, strict=True))
_NAMES = {
    **{str(n): f"{{c{a}}}" for n, a in zip(CHUNK, "zyx", strict=True)},
    **{str(n): f"{{s{a}}}" for n, a in zip(SHARD, "zyx", strict=True)},
    **{str(n): f"{{r{a}}}" for n, a in zip(RATIO, "zyx", strict=True)},
}
_OPEN = re.compile(r"\b(" + "|".join(_NAMES) + r")\b")


def _spelled(extent) -> str:
    return "x".join(map(str, extent))


@cache
def templates(codecs: tuple[str, ...], dtypes: tuple[str, ...]) -> dict:
    """Texts by what is to be stored.

    Returns
    -------
    dict
        ``lines``; ``texts``, each a list of numbers of lines; ``libraries``, their ids; and
        ``of``: by ``codec format[s] dtype``, where ``s`` stands for shards, the number of a text
        for each library.
    """
    lines: dict[str, int] = {}
    texts: dict[tuple[int, ...], int] = {}
    of: dict[str, list[int]] = {}
    libraries: list[str] = []
    plain, sharded = f"c{_spelled(CHUNK)}", f"c{_spelled(CHUNK)}-s{_spelled(SHARD)}"
    for codec, dtype, form in itertools.product(codecs, dtypes, ("2", "3", "3s")):
        choice = {
            "codec": codec, "layout": sharded if form.endswith("s") else plain,
            "zarr_format": int(form[0]), "shape": SHARD, "dtype": dtype,
        }  # fmt: skip
        try:
            found = snippets(choice)
        except UserError:
            continue
        libraries = list(found)
        numbers = []
        for text in found.values():
            spelled = [_OPEN.sub(lambda m: _NAMES[m[0]], line) for line in text.splitlines()]
            key = tuple(lines.setdefault(line, len(lines)) for line in spelled)
            numbers.append(texts.setdefault(key, len(texts)))
        of[f"{codec} {form} {dtype}"] = numbers
    return {"lines": list(lines), "texts": list(map(list, texts)), "libraries": libraries, "of": of}


def filled(found: dict, choice: dict, chunks, shards) -> dict[str, str]:
    """The texts of a choice, as the page fills them: by library.

    Parameters
    ----------
    found
        See `templates`.
    choice
        ``codec``, ``zarr_format`` and ``dtype``.
    chunks, shards
        Along z, y, x; `shards` is None where each chunk is an object.
    """
    form = f"{choice['zarr_format']}{'s' if shards else ''}"
    values = dict(zip(("{cz}", "{cy}", "{cx}"), chunks, strict=True))
    if shards:
        values |= dict(zip(("{sz}", "{sy}", "{sx}"), shards, strict=True))
        ratio = (s // c for s, c in zip(shards, chunks, strict=True))
        values |= dict(zip(("{rz}", "{ry}", "{rx}"), ratio, strict=True))
    texts = {}
    for library, number in zip(
        found["libraries"], found["of"][f"{choice['codec']} {form} {choice['dtype']}"], strict=True
    ):
        text = "\n".join(found["lines"][line] for line in found["texts"][number]) + "\n"
        for name, value in values.items():
            text = text.replace(name, str(value))
        texts[library] = text
    return texts
