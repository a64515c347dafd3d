"""core under the releases that it measures, and the phantom under their numpy."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from zarr_cryoet.history import lock

ROOT = Path(__file__).resolve().parents[1]
RELEASES = ("2.18.4", "2.18.7", "3.0.8", "3.1.6", "3.4.2")
pytestmark = pytest.mark.environment


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory):
    """The interpreter of an environment that holds what the lock says of a release."""
    import uv

    made = {}

    def make(version):
        if version not in made:
            folder = tmp_path_factory.mktemp("env") / version
            (release,) = [
                r for r in lock.read(lock.path_of("zarr")).releases if r.version == version
            ]
            pins = folder.with_suffix(".txt")
            pins.write_text("\n".join(release.requirements))
            tool = uv.find_uv_bin()
            subprocess.run([tool, "venv", "-q", "--python", sys.executable, folder], check=True)
            install = ["pip", "install", "-q", "--no-deps", "--python", folder, "-r", pins]
            subprocess.run([tool, *install], check=True)
            made[version] = folder / "bin" / "python"
        return made[version]

    return make


def run(python, code):
    done = subprocess.run([python, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


CONTRACT = """
import itertools, json, tempfile
from pathlib import Path
from zarr_cryoet.core import backends, rng
from zarr_cryoet.core.case import FORMATS, Case
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.core.layouts import LAYOUTS
from zarr_cryoet.core.prepare import prepare
data = rng.bits(1, 0, 20 * 21 * 22).astype("float32").reshape(20, 21, 22)
cases = [Case("v", codec, "c16", f, b)
         for codec, f, b in itertools.product(CODECS, FORMATS, backends.ids())]
cases += [Case("v", "zstd-3", layout, f, b)
          for layout, f, b in itertools.product(LAYOUTS, FORMATS, backends.ids())
          if layout != "c256"]
with tempfile.TemporaryDirectory() as folder:
    done = [(case, prepare(case, data, Path(folder), keep=False)) for case in cases]
print(json.dumps([[c.backend, c.zarr_format, c.layout, o["status"], o["reason"]] for c, o in done]))
"""


@pytest.mark.parametrize("version", RELEASES)
def test_every_case_is_written_and_read_back_or_skipped_with_a_reason(interpreter, version):
    outcomes = run(interpreter(version), CONTRACT)
    assert [o for o in outcomes if o[3] == "failed"] == []
    for backend, zarr_format, layout, status, reason in outcomes:
        cannot = (zarr_format == 2 and "-s" in layout) or (
            backend == "zarr-python" and zarr_format == 3 and version.startswith("2.")
        )
        assert (status == "skipped") == cannot
        assert bool(reason) == cannot


PHANTOM = """
import hashlib, json, numpy
from zarr_cryoet.volumes import phantom
p = phantom.Phantom(edge=128)
made = phantom.generate(p)
voxels = made, phantom.to_uint8_range(made), phantom.labels(p), phantom.truth(p).noise_free
print(json.dumps([numpy.__version__, *(hashlib.sha256(v.tobytes()).hexdigest() for v in voxels)]))
"""


def test_the_phantom_is_the_same_bytes_under_the_numpy_of_every_day(interpreter):
    old = run(interpreter("2.18.7"), PHANTOM)
    new = run(interpreter("3.4.2"), PHANTOM)
    here = run(sys.executable, PHANTOM)
    assert old[0] != new[0]
    assert old[1:] == new[1:] == here[1:]
