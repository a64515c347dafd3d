"""The pieces of a script that no backend has a say in.

Placeholders stand between two ``@``; `script.render` fills them in.
"""

from __future__ import annotations

import textwrap

from ..core import metrics

HEAD = """\
# /// script
# requires-python = ">=3.12,<3.14"
# dependencies = [
@dependencies@
# ]
# ///
#
# @name@
# @meaning@
# @volume@, @versions@
#
# uv run THIS_FILE [VOLUME.npy or VOLUME.mrc]
import os

if hasattr(os, "sched_setaffinity"):  # one core, before any library starts its threads
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

@standard@from importlib.metadata import version

@imports@"""

#: Modules of the standard library, of which a script imports those that it uses.
STANDARD = (
    "hashlib", "inspect", "math", "pathlib", "platform", "shutil", "statistics", "sys",
    "tempfile", "threading", "time", "warnings",
)  # fmt: skip

#: SplitMix64 of a counter, as in `zarr_cryoet.core.rng`.
WORDS = '''\
def words(seed, count, start=0):
    """Random 64-bit words, the same everywhere: SplitMix64 of a counter."""
    key = (seed * 0xD1342543DE82EF95 + 0x632BE59BD9B4E019) % 2**64
    key = (key ^ key >> 32) * 0xDABA0B6EB09322E3 % 2**64
    z = np.arange(start + 1, start + count + 1, dtype=np.uint64)
    z = z * 0x9E3779B97F4A7C15 + (key ^ key >> 32)
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9
    z = (z ^ z >> 27) * 0x94D049BB133111EB
    return z ^ z >> 31


def below(seed, count, high):
    return ((words(seed, count) >> 32) * high >> 32).tolist()'''

LOAD = '''\
def load(path):
    """NPY, or MRC that is not compressed, as z, y, x."""
    if path.suffix == ".npy":
        return np.load(path, mmap_mode="r")
    head = np.fromfile(path, "<i4", 256)
    dtype = {0: "i1", 1: "<i2", 2: "<f4", 6: "<u2", 12: "<f2"}[int(head[3])]
    return np.memmap(path, dtype, "r", 1024 + int(head[23]), tuple(map(int, head[2::-1])))


def noise(shape):
    """Nearly Gaussian, mean 0, standard deviation 1: sums of four integers of 16 bits."""
    out = np.empty(shape)
    for k, plane in enumerate(out):
        fields = words(1, plane.size, k * plane.size).view(np.uint16).reshape(*plane.shape, 4)
        plane[...] = (fields.sum(-1, dtype=np.int64) - 131070) / 37837.2
    return out'''

#: What stands for a volume that nobody named, by kind of volume.
MADE = {
    "float": """\
def made(shape, dtype):
    return noise(shape).astype(dtype)""",
    "integer": """\
def made(shape, dtype):
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    scaled = np.rint(noise(shape) * (high - low) / 10 + (low + high) / 2)
    return np.clip(scaled, low, high).astype(dtype)""",
    "levels": """\
def made(shape, dtype):
    levels = np.clip(np.rint(noise(shape) * 25.5 + 127.5), 0, 255)
    return ((levels - 127.4987) / 25.5173).astype(dtype)  # no round numbers, as in real ones""",
    "labels": """\
def made(shape, dtype):
    mask, ball = np.zeros(shape, dtype), sum(np.square(n - 12) for n in np.ogrid[:25, :25, :25])
    for k, corner in enumerate(zip(*(below(i, 88, n) for i, n in enumerate(shape)))):
        part = mask[tuple(slice(a, a + 25) for a in corner)]
        part[ball[tuple(map(slice, part.shape))] <= (5 + k % 8) ** 2] = 1 + k % 4
    return mask""",
}

INPUT = '''\
RUNS = 7
VOLUME = @id@
NAMED = sys.argv[1] if sys.argv[1:] else @file@
if NAMED:
    data = load(pathlib.Path(NAMED))
    with open(NAMED, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    of = f"{NAMED}, SHA-256 {digest[:12]}"
    if digest == @sha256@:
        of += f", which is {VOLUME}"
else:
    data = made(@shape@, @dtype@)
    of = f"generated @kind@, not {VOLUME}: name its file for its own figure"'''

SAME = """\
def same(found, wanted):
    if found.dtype != wanted.dtype or found.tobytes() != wanted.tobytes():
        sys.exit("what is read is not what was written")"""


def _put(text: str, **values: object) -> str:
    for key, value in values.items():
        text = text.replace(f"@{key}@", str(value))
    return text


#: What `same` holds a read against, by way of indexing.
TAKEN = {"box": "data[box]", "oindex": "data[np.ix_(*box)]", "vindex": "data[box]"}

_FOLDER = "with tempfile.TemporaryDirectory() as folder:\n"
_WHOLE = "tuple(slice(0, n) for n in data.shape)"
_WRITTEN = """\
    path = pathlib.Path(folder) / "array"
    write(create(path))
    array = open_array(path)
"""
_PROVED = """\
    for box in boxes(data.shape):  # untimed, and the proof
        same(read(array, box), @taken@)
"""
_PROVED_WHOLE = f"""\
    same(read(array, {_WHOLE}), data)
"""
_TIMED = """\
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
@call@
        seconds.append(time.perf_counter() - start)
"""
_READ = "        for box in selected:\n            read(array, box)"
_FRESH = """\
    seconds = []
    for k in range(RUNS + 1):
        path = pathlib.Path(folder) / str(k)
@before@        start = time.perf_counter()
@call@
        seconds.append(time.perf_counter() - start)
        if k == 0:
            array = open_array(path)
@proof@        shutil.rmtree(path)
    del seconds[0]  # the first holds lazy imports
""".replace("@whole@", _WHOLE)
_PROOF_WRITTEN = f"            same(read(array, {_WHOLE}), data)\n"
_MADE_RIGHT = """\
if tuple(array.shape) != data.shape:
    sys.exit("created with another shape")
"""
_PROOF_MADE = textwrap.indent(_MADE_RIGHT, " " * 12)
_COUNTED = """\
    before = tally()
@call@
    after = tally()
"""
_COUNTED_READ = "    for box in boxes(data.shape):\n        same(read(array, box), @taken@)"


def _time(call: str, head: str) -> str:
    return _FOLDER + head + _put(_TIMED, call=call)


def _fresh(call: str, before: str, proof: str) -> str:
    return _FOLDER + _put(_FRESH, before=before, call=call, proof=proof)


def _count(call: str, head: str, proof: str = "") -> str:
    return _FOLDER + head + _put(_COUNTED, call=call) + proof


#: What is done, by operation (all reads are ``read``) and by what is measured of it.
MAIN = {
    "read": {
        "time": _time(_READ, f"{_WRITTEN}{_PROVED}    selected = boxes(data.shape)\n"),
        "count": _count(_COUNTED_READ, _WRITTEN),
    },
    "open": {
        "time": _time("        open_array(path)", _WRITTEN + _PROVED_WHOLE),
        "count": _count("    array = open_array(path)", _WRITTEN, _PROVED_WHOLE),
    },
    "write": {
        "time": _fresh("        write(array)", "        array = create(path)\n", _PROOF_WRITTEN),
        "count": _count(
            "    write(array)",
            '    path = pathlib.Path(folder) / "array"\n    array = create(path)\n',
            "    array = open_array(path)\n" + _PROVED_WHOLE,
        ),
    },
    "create": {
        "time": _fresh("        create(path)", "", _PROOF_MADE),
        "count": _count(
            "    create(path)",
            '    path = pathlib.Path(folder) / "array"\n',
            "    array = open_array(path)\n" + textwrap.indent(_MADE_RIGHT, "    "),
        ),
    },
    "stored": _FOLDER
    + _WRITTEN
    + _PROVED_WHOLE
    + "    sizes = [each.stat().st_size for each in path.rglob('*') if each.is_file()]\n".replace(
        "'", '"'
    ),
}

_KINDS = {metrics.TIMED: "time", metrics.COUNTED: "count", metrics.STORED: "stored"}
#: How a figure is said: its kind (``time``, ``count``, ``stored``), its value, and its unit.
METRICS = {
    row.id: (_KINDS[row.kind], row.script, row.unit)
    for row in metrics.METRICS.values()
    if row.script
}
SAID = {
    "time": """\
figure = @value@
print(f"@operation@: {figure:.6g} @unit@")
print(f"median of {RUNS}, {min(seconds):.6g} to {max(seconds):.6g} seconds; @proof@")""",
    "count": """\
figure = @value@
print(f"@operation@: {figure} @unit@")
print("counted in one call; @proof@")""",
    "stored": """\
figure = @value@
print(f"@metric@: {figure} @unit@")
print("metadata included; @proof@")""",
}
FACTS = """\
print(f"input: {of}; {data.shape} {data.dtype}")
packages = @packages@
print("with:", ", ".join(f"{name} {version(name)}" for name in packages))
cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
print(f"on: {platform.system()} {platform.machine()}, {cores} core(s), {sys.version.split()[0]}")"""

#: Why there is no script, where it is not the case's own rule that says so.
REFUSALS = {
    "store": "a script keeps its array in files, not in @what@",
    "cold": "a cold read must make sure that its pages have left memory, which is no short script",
    "operation": "@what@ is no short script; zarr-cryoet sweep measures it",
    "metric": "@what@ is not measured by a short script; zarr-cryoet bench measures it",
    "backend": "@what@ is not one of the libraries that scripts are written for",
    "release": "no pins are known for zarr @what@",
    "package": "@what@ is not among the pins",
    "uncounted": "@what@",
}
