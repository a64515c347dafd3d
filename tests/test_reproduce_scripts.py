"""Scripts: each is run as it is printed, by `uv run`, and its figure held against our own."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import mrcfile
import numcodecs
import numpy as np
import pytest

from zarr_cryoet.bench import scripted
from zarr_cryoet.core import backends
from zarr_cryoet.core.access import ACCESS, take
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.layouts import LAYOUTS
from zarr_cryoet.core.measure.cell import Cell
from zarr_cryoet.core.operations import OPERATIONS
from zarr_cryoet.core.support import unsupported
from zarr_cryoet.environments.make import of_release
from zarr_cryoet.environments.rows import PEERS
from zarr_cryoet.environments.uv import find_uv
from zarr_cryoet.reproduce import selections, texts
from zarr_cryoet.reproduce.clients import clients
from zarr_cryoet.reproduce.parts import parts
from zarr_cryoet.reproduce.pins import by_release
from zarr_cryoet.reproduce.script import Refusal, described, render, script
from zarr_cryoet.volumes import cache
from zarr_cryoet.volumes.phantom import to_uint8_range
from zarr_cryoet.volumes.resolve import resolve
from zarr_cryoet.volumes.rows import VOLUMES

ROOT = Path(__file__).resolve().parents[1]
JAVASCRIPT = ROOT / "zarr_cryoet" / "site" / "assets" / "reproduce.js"
PINS = by_release()
NEWEST = list(PINS)[-1]
PHANTOM = VOLUMES["phantom-64"].describe()


def text_of(row, volume=PHANTOM, **more) -> str | Refusal:
    release, codec, layout, zarr_format, backend, operation, metric = row
    case = Case.of(volume.id, codec, layout, zarr_format, backend)
    return script(case, operation, metric, PINS[release], volume=volume, **more)


@pytest.fixture(scope="module", name="phantom")
def prepared():
    """The file of the volume."""
    return cache.prepare(VOLUMES["phantom-64"])[1]


# What a script says ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ACCESS)
@pytest.mark.parametrize("shape", [(40, 50, 33), (128, 128, 128), (7, 200, 90)])
def test_a_script_selects_what_we_do(name, shape):
    program: dict = {"np": np}
    exec(texts.WORDS + "\n" + selections.boxes(ACCESS[name]), program)
    data = np.arange(np.prod(shape)).reshape(shape)
    indexing = selections.indexing(ACCESS[name])
    found = [
        eval(texts.TAKEN[indexing], {"np": np, "data": data, "box": box})
        for box in program["boxes"](shape)
    ]
    wanted = [take(data, selection) for selection in ACCESS[name].select(shape)]
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("kind", ["float", "levels"])
@pytest.mark.parametrize("codec", ["zstd-3", "blosc-zstd-5-shuffle"])
def test_noise_in_place_of_a_phantom_compresses_like_it(kind, codec, phantom):
    program: dict = {"np": np, "math": math}
    exec("\n".join([texts.WORDS, texts.LOAD, texts.MADE[kind]]), program)
    noise, real = program["made"]((64, 64, 64), "float32"), np.load(phantom)
    if kind == "levels":
        real = to_uint8_range(real)
    assert noise.dtype == real.dtype
    packed = numcodecs.get_codec(CODECS[codec].chain(2, real.dtype).compressors[0])
    sizes = [len(packed.encode(each)) for each in (noise, real)]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.02)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16"])
def test_noise_of_whole_numbers_fills_their_range(dtype):
    program: dict = {"np": np, "math": math}
    exec("\n".join([texts.WORDS, texts.LOAD, texts.MADE["integer"]]), program)
    found = program["made"]((30, 40, 50), dtype)
    info = np.iinfo(dtype)
    span = (int(found.max()) - int(found.min())) / (int(info.max) - int(info.min))
    assert found.dtype == dtype and found.shape == (30, 40, 50) and 0.6 < span <= 1


def test_a_script_reads_mrc_as_the_field_does(tmp_path):
    program: dict = {"np": np, "math": None}
    exec(texts.LOAD, program)
    for dtype in ("int8", "int16", "float32", "uint16", "float16"):
        data = np.arange(3 * 4 * 5).reshape(3, 4, 5).astype(dtype)
        with mrcfile.new(tmp_path / f"{dtype}.mrc") as file:
            file.set_extended_header(np.zeros(320, "u1"))
            file.set_data(data)
        found = program["load"](tmp_path / f"{dtype}.mrc")
        assert found.dtype == data.dtype and np.array_equal(found, data)


def cells() -> list[dict]:
    """A sample of all that can be asked for, with what cannot."""
    volumes = [VOLUMES[name].describe() for name in VOLUMES]
    metrics = [*texts.METRICS, "peak_bytes"]
    operations = ["read-full", *OPERATIONS]
    names = [*backends.ids()]
    product = itertools.product(CODECS, LAYOUTS, (2, 3))
    found = []
    for k, (codec, layout, zarr_format) in enumerate(product):
        backend = names[k % len(names)] if k % 3 else clients()[k % len(clients())].id
        case = Case.of(volumes[k % 6].id, codec, layout, zarr_format, backend)
        release = list(PINS)[k % len(PINS)] if k % 2 else NEWEST
        operation = operations[k // 2 % len(operations)] if k % 5 else "read-full"
        cell = described(Cell(case, operation), metrics[k // 3 % len(metrics)], volumes[k % 6])
        found.append(
            cell | {"release": release, "skip": unsupported(case, PINS[release], operation)}
        )
    odd = found[0] | {"skip": None, "backend": "zarr-python", "zarr_format": 2}
    odd |= {"operation": "read-full", "metric": "seconds", "codec": "zstd-3", "layout": "c64"}
    names = ["a\"b'c\\", "z\n# no comment", "@id@ @", "Größe \u2028 \x85 😀", "$& $1 </script>"]
    for name in names:
        volume = odd["volume"] | {"id": name, "shape": [4, 5, 6], "kind": "integer"}
        found.append(odd | {"name": name, "volume": volume, "file": name})
    found.append(odd | {"release": "1.0"})
    found.append(odd | {"store": "memory"})
    found.append(odd | {"cold": True})
    found.append(odd | {"pins": {"zarr": "3.4.2", "numpy": "2.5.4"}})
    return found


def test_scripts_are_whole_programs_that_hold_nothing_of_ours():
    structure, made, refused = parts(PINS), 0, set()
    for cell in cells():
        found = render(structure, cell)
        if found["refused"]:
            refused.add(found["refused"])
            continue
        made += 1
        text = found["text"]
        compile(text, cell["name"], "exec")
        placeless = text.replace(cell["name"], "").replace(cell["volume"]["id"], "")
        assert not re.search(r"@[a-z_]+@", placeless)
        assert "zarr_cryoet" not in text and "undefined" not in text
        code = [line for line in text.splitlines() if not line.startswith("#")]
        assert max(map(len, code)) <= 100 or cell["file"]
        assert len(text.splitlines()) < 240
    assert made > 500 and len(refused) > 20


def test_a_name_from_a_file_is_text_and_no_code():
    structure = parts(PINS)
    for cell in cells()[-9:-4]:
        program = render(structure, cell)["text"]
        named: dict = {}
        lines = [line for line in program.splitlines() if line.startswith("VOLUME = ")]
        exec(lines[0], named)
        shown = re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", cell["name"])
        assert len(lines) == 1 and named["VOLUME"] == shown
        assert "\n# no comment" not in program


def test_the_browser_makes_the_same_texts(tmp_path):
    node = shutil.which("node")
    if not node:
        pytest.skip("no node here to run the site's script with")
    structure, asked = parts(PINS), cells()
    (tmp_path / "asked.json").write_text(json.dumps([structure, asked]))
    program = f"""
        const {{ reproduce }} = require({json.dumps(str(JAVASCRIPT))});
        const [parts, cells] = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
        const digest = (text) => require("crypto").createHash("sha256").update(text).digest("hex");
        const found = cells.map((cell) => reproduce(parts, cell));
        console.log(JSON.stringify(found.map((each) =>
            [each.text === null ? null : digest(each.text), each.refused])));
    """
    done = subprocess.run(
        [node, "-e", program, tmp_path / "asked.json"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    for cell, (digest, refused) in zip(asked, json.loads(done.stdout), strict=True):
        wanted = render(structure, cell)
        assert refused == wanted["refused"], cell
        if wanted["text"]:
            assert digest == hashlib.sha256(wanted["text"].encode()).hexdigest(), cell


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ((NEWEST, "none", "c64", 2, "npy", "read-full", "seconds"), "npy stores no Zarr"),
        ((NEWEST, "none", "c64", 3, "zarrs", "read-full", "requests"), "opens files by itself"),
        ((NEWEST, "none", "c64", 3, "zarrista", "open", "requests"), "opens files by itself"),
        ((NEWEST, "none", "c64", 3, "zarr-python", "open-group", "seconds"), "open-group is no"),
        ((NEWEST, "none", "c64", 3, "zarr-python", "write", "peak_bytes"), "peak_bytes is not"),
        (("2.18.7", "none", "c64", 3, "zarr-python", "write", "seconds"), "has no format 3"),
        (("3.0.8", "none", "c64", 3, "zarrs", "write", "seconds"), "zarrs is not installed"),
        ((NEWEST, "none", "c64", 3, "zarrs", "read-points", "seconds"), "fancy indexing"),
    ],
)
def test_what_no_short_script_can_do_is_refused_with_its_reason(row, why):
    found = text_of(row)
    assert isinstance(found, Refusal) and why in found.reason


def test_a_store_is_refused_before_what_its_client_lacks():
    case = Case.of(PHANTOM.id, "zstd-3", "c64", 3, "tensorstore", "s3")
    found = script(case, "read-full", "seconds", PINS[NEWEST], volume=PHANTOM)
    assert isinstance(found, Refusal) and "s3" in found.reason and "installed" not in found.reason


def test_a_type_that_a_codec_does_not_take_is_refused():
    row = (NEWEST, "pcodec-8", "c64", 3, "zarr-python", "write", "seconds")
    found = text_of(row, VOLUMES["labels-128"].describe())
    assert isinstance(found, Refusal) and "pcodec takes no uint8" in found.reason


def test_the_pins_are_the_locks_without_what_others_need():
    head = text_of(("2.18.7", "none", "c64", 2, "zarr-python", "read-full", "seconds"))
    for package in ("zarr==2.18.7", "numcodecs==0.15.1", "numpy==2.2.4", "asciitree==0.3.3"):
        assert f'"{package}"' in head
    for package in ("tensorstore", "ml-dtypes", "pcodec", "zarrista", "obstore"):
        assert package not in head
    assert '"pcodec==1.0.4"' in text_of(
        ("3.4.2", "pcodec-8", "c64", 3, "zarr-python", "write", "seconds")
    )
    assert '"zarrs==0.2.3"' in text_of(("3.4.2", "none", "c64", 3, "zarrs", "write", "seconds"))


# By the name of a cell ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "operation", "metric", "codec"),
    [
        (
            "codecs.ReadCodec.time_read('zstd-3', 2, 'zarr-python')",
            "read-full",
            "seconds",
            "zstd-3",
        ),
        ('codecs.ReadCodec.time_read("zstd-3",2,"tensorstore")', "read-full", "seconds", "zstd-3"),
        (
            "requests.ReadRequests.track_bytes_read('c64', 'plane-xy', 'zarr-python')",
            "read-plane-xy",
            "bytes_read",
            "none",
        ),
        (
            "exact.StoredByLayout.track_objects('c256', 3, 'tensorstore')",
            "write",
            "objects",
            "blosc-lz4-5-shuffle",
        ),
        (
            "operate.Operate.time_run('write', 'zarr-python')",
            "write",
            "seconds",
            "blosc-lz4-5-shuffle",
        ),
        ("odd_name_gzip-5_c64_v3_zarrs_local_open", "open", "seconds", "gzip-5"),
    ],
)
def test_a_cell_is_found_by_what_people_see(name, operation, metric, codec):
    found = scripted.named(name, PHANTOM, PINS[NEWEST])
    assert (found.cell.operation, found.metric, found.cell.case.codec) == (operation, metric, codec)
    assert found.cell.case.volume == PHANTOM.id


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("codecs.ReadCodec.time_read", "did you mean codecs.ReadCodec.time_read('none', 2"),
        ("?!", "zarr-cryoet cases --json"),
        ("requests.Models.track_unpredicted('c64', 'zarr-python')", "not one operation"),
        ("control.Control.time_memcpy", "not one operation"),
    ],
)
def test_what_is_no_cell_is_said_in_words(name, why):
    with pytest.raises(UserError, match=re.escape(why)):
        scripted.named(name, PHANTOM, PINS[NEWEST])


def test_the_command_writes_the_script_and_says_how_to_run_it(tmp_path):
    command = [sys.executable, "-m", "zarr_cryoet", "reproduce"]
    cell = "chunks.ReadChunks.time_read('c64', 'plane-xy', 'zarr-python')"
    np.save(tmp_path / "mine.npy", np.zeros((20, 30, 40), np.float32))
    more = [
        "--volume",
        tmp_path / "mine.npy",
        "--release",
        "v3.1.6",
        "--output",
        tmp_path / "it.py",
    ]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, cell, *more], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "it.py").read_text()
    assert '"zarr==3.1.6"' in text and "mine.npy" in text and "(20, 30, 40)" in text
    assert "uv run" in done.stderr and not done.stdout
    wrong = subprocess.run(
        [*command, cell, "--release", "1.0"], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert wrong.returncode == 2 and wrong.stderr.count("\n") == 1 and "1.0" in wrong.stderr


# What it does ------------------------------------------------------------------------------------

RUN = [
    (NEWEST, "blosc-zstd-5-shuffle", "c32", 2, "zarr-python", "read-full", "bits_per_voxel"),
    (NEWEST, "none", "c32-s128", 3, "zarr-python", "read-plane-xy", "requests"),
    (NEWEST, "zstd-3", "c16-s32-s128", 3, "zarr-python", "read-boxes-64", "bytes_read"),
    (NEWEST, "gzip-5", "c16-s64-start", 3, "zarr-python", "write", "bytes_written"),
    (NEWEST, "blosc-lz4-5-shuffle", "c64", 2, "zarr-python", "open", "requests"),
    (NEWEST, "pcodec-8", "c32", 3, "zarr-python", "read-points", "seconds"),
    (NEWEST, "shuffle-zstd-3", "c32-swhole", 3, "zarr-python", "read-orthogonal", "seconds"),
    (NEWEST, "none", "c64", 3, "zarr-python", "create", "requests"),
    (NEWEST, "blosc-zstd-5-bitshuffle", "c32-s128", 3, "zarr-fused", "read-slabs", "requests"),
    (NEWEST, "zstd-3", "c64", 2, "zarr-fused", "read-strided", "seconds"),
    (NEWEST, "blosc-zstd-5-shuffle", "c32-s128", 3, "zarrs", "read-plane-yz", "seconds"),
    (NEWEST, "none", "c32", 2, "zarrs", "write", "bits_per_voxel"),
    (NEWEST, "none", "c32-s128", 3, "tensorstore", "read-plane-xz", "requests"),
    (NEWEST, "zstd-3", "c16-s32-s128-start", 3, "tensorstore", "read-boxes-64", "bytes_read"),
    (NEWEST, "zstd-3", "c32", 2, "tensorstore", "read-full", "objects"),
    (NEWEST, "gzip-5", "whole", 2, "tensorstore", "write", "seconds"),
    (NEWEST, "crc32c", "c64", 3, "tensorstore", "open", "requests"),
    (NEWEST, "blosc-zlib-5-shuffle", "c32", 3, "tensorstore", "write", "requests"),
    (NEWEST, "gzip-5", "c32-s128", 3, "zarrista", "read-full", "bits_per_voxel"),
    (NEWEST, "blosc-lz4-5-shuffle", "c64", 2, "zarrista", "read-ortho-view", "seconds"),
    (NEWEST, "zstd-3", "c32", 3, "zarrista", "write", "seconds"),
    ("3.0.8", "none", "c32-s128", 3, "zarr-python", "read-plane-xy", "requests"),
    ("3.0.8", "zstd-3", "c64", 2, "zarr-python", "write", "requests"),
    ("2.18.7", "blosc-zstd-5-shuffle", "c32", 2, "zarr-python", "read-full", "bits_per_voxel"),
    ("2.18.7", "none", "c32", 2, "zarr-python", "read-plane-xy", "requests"),
    ("2.18.7", "delta-zstd-3", "c64", 2, "zarr-python", "write", "bytes_written"),
    ("2.18.7", "lzma-1", "c64", 2, "zarr-python", "create", "seconds"),
]

# What our own backend and counter say, in the environment of the release
OURS = """
import json, pathlib, sys
from zarr_cryoet.core import exact, volume
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.prepare import prepare
codec, layout, zarr_format, backend, operation, metric = json.loads(sys.argv[1])
case, place = Case.of("phantom-64", codec, layout, zarr_format, backend), pathlib.Path(sys.argv[2])
data = volume.open_volume("phantom-64")[1]
found = prepare(case, data, place / "stores")
if metric not in found:
    found = exact.figures(case, operation, data, pathlib.Path(found["path"]), place / "work")
print(json.dumps(found[metric]))
"""


def run(text: str, folder: Path, *args: object) -> str:
    (folder / "script.py").write_text(text, encoding="utf-8")
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [find_uv(), "run", "--quiet", "--no-project", "--python", sys.executable]
    done = subprocess.run(
        [*command, "--script", "script.py", *map(str, args)],
        cwd=folder, env=env, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.environment
@pytest.mark.parametrize("row", RUN, ids=["-".join(map(str, row)) for row in RUN])
def test_a_script_prints_our_figure(row, phantom, tmp_path):
    release, *cell, metric = row
    said = run(text_of(row), tmp_path, phantom)
    first, *rest = said.splitlines()
    unit = texts.METRICS[metric][2]
    named, figure = re.fullmatch(rf"(\S+): (\S+) {unit}", first).groups()
    assert named in (metric, cell[-1])
    assert "which is phantom-64" in rest[1] and release in rest[2] + f" {NEWEST}"
    proof = "opened with its shape" if cell[-1] == "create" else "read back equal"
    assert rest[0].endswith(proof)
    if metric == "seconds":
        low, high = re.search(r"median of 7, (\S+) to (\S+) seconds", rest[0]).groups()
        assert 0 < float(low) <= float(figure) <= float(high)
        return
    alone = PEERS["zarrista"].contents if cell[3] == "zarrista" else None
    python = (alone or of_release(release)).python()
    done = subprocess.run(
        [python, "-c", OURS, json.dumps([*cell, metric]), tmp_path],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert float(figure) == json.loads(done.stdout)


@pytest.mark.environment
@pytest.mark.parametrize("name", ["phantom-128-u8", "labels-128", "phantom-64"])
def test_without_a_file_a_script_says_that_it_made_its_own_voxels(name, tmp_path):
    row = (NEWEST, "none", "c64", 3, "tensorstore", "read-plane-xy", "requests")
    volume = VOLUMES[name].describe()
    said = run(text_of(row, volume), tmp_path)
    assert f"input: generated {'balls' if name == 'labels-128' else 'noise'}, not {name}" in said
    assert f"{tuple(volume.shape)} {volume.dtype}" in said


@pytest.mark.environment
def test_a_script_reads_the_users_own_file(tmp_path):
    data = np.arange(20 * 30 * 40, dtype=np.int16).reshape(20, 30, 40)
    mrcfile.write(tmp_path / "mine.mrc", data)
    volume = resolve(str(tmp_path / "mine.mrc")).describe()
    row = (NEWEST, "none", "c16", 2, "zarr-python", "read-full", "bits_per_voxel")
    said = run(text_of(row, volume, file="mine.mrc"), tmp_path)
    assert "input: mine.mrc, SHA-256" in said and "(20, 30, 40) int16" in said
