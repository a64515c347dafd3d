"""A portrait is what its voxels say, small, and shows nothing of this machine."""

import io
import json

import numpy as np
import pytest

from zarr_cryoet import project
from zarr_cryoet.core import rng
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.volume import Volume
from zarr_cryoet.portraits import drawn, main, records
from zarr_cryoet.volumes import cache
from zarr_cryoet.volumes.sources import FileVolume

Image = pytest.importorskip("PIL.Image")


def noise(*shape):
    words = rng.bits(3, 0, int(np.prod(shape))) >> np.uint64(40)
    return (words.astype(np.float64) / 2**24 - 0.5).astype(np.float32).reshape(shape)


def record(name, shape=(4, 5, 6), source=None):
    return Volume(name, shape, "float32", (10.0, 10.0, 10.0), "synthetic", None, None, source or {})


def portrait(name, voxels):
    about = records.public(record(name, voxels.shape))
    return records.Portrait(about, "2026-01-01", drawn.portrait(voxels, (10.0, 10.0, 10.0)))


def test_statistics_are_those_of_all_voxels(volume):
    found = drawn.statistics(volume + np.float32(1000))
    exact = (volume + np.float32(1000)).astype(np.float64)
    assert (found["min"], found["max"]) == (exact.min(), exact.max())
    assert found["mean"] == pytest.approx(exact.mean(), rel=1e-12)
    assert found["std"] == pytest.approx(exact.std(), rel=1e-9)


def test_every_voxel_is_counted_once(volume):
    spiky = volume.copy()
    spiky[0, 0, :3], spiky[0, 1, :2] = -1e3, 1e3  # beyond six standard deviations of all
    numbers = drawn.statistics(spiky)
    found = drawn.histogram(spiky, numbers)
    assert (found["below"], found["above"]) == (3, 2)
    assert sum(found["counts"]) == spiky.size - 5
    assert found["low"] == pytest.approx(numbers["mean"] - 6 * numbers["std"])


def test_whole_numbers_have_as_many_values_in_each_bin():
    labels = np.array([0, 0, 0, 1, 1, 5], np.uint8).reshape(1, 2, 3)
    found = drawn.histogram(labels, drawn.statistics(labels))
    assert found == {"low": 0, "width": 1, "counts": [3, 2, 0, 0, 0, 1], "below": 0, "above": 0}
    wide = np.arange(0, 300, dtype=np.int16).reshape(3, 10, 10)
    found = drawn.histogram(wide, drawn.statistics(wide))
    assert found["width"] == 3
    assert set(found["counts"]) == {3}


def test_white_noise_has_power_1_at_every_frequency():
    voxels = noise(70, 80, 90)
    found = drawn.spectrum(voxels, None, drawn.statistics(voxels))
    assert found["unit"] == "1/voxel"
    high = found["power"][10:]  # shells with few waves vary
    assert np.mean(high) == pytest.approx(1, abs=0.02)
    assert np.ptp(high) < 0.4


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_wave_stands_at_its_frequency(axis):
    n, spacing = 64, (5.0, 5.0, 5.0)
    places = np.arange(n).reshape([-1 if a == axis else 1 for a in range(3)])
    wave = np.broadcast_to(np.cos(2 * np.pi * places * 8 / n), (n, n, n)).astype(np.float32)
    found = drawn.spectrum(wave, spacing, drawn.statistics(wave))
    strongest = int(np.argmax(found["power"])) + 1
    assert found["unit"] == "1/Å"
    assert strongest * found["step"] == pytest.approx(8 / (n * 5.0))
    assert (len(found["power"])) * found["step"] == pytest.approx(0.1)  # Nyquist of 5 Å


@pytest.mark.parametrize("shape", [(1, 5, 7), (2, 1, 1), (3, 4, 300), (1, 1, 1)])
@pytest.mark.parametrize("dtype", ["float32", "uint8", "int16"])
def test_any_shape_has_a_portrait(shape, dtype):
    voxels = (100 * noise(*shape)).astype(dtype)
    found = drawn.portrait(voxels, (1.0, 2.0, 3.0))
    assert sum(found["histogram"]["counts"]) == voxels.size
    for plane, (columns, rows) in {"xy": (2, 1), "xz": (2, 0), "yz": (1, 0)}.items():
        each = found["slices"][plane]
        assert each["size"] == [-(-shape[a] // each["step"]) for a in (columns, rows)]
        assert each["extent"] == [shape[a] * (1.0, 2.0, 3.0)[a] for a in (columns, rows)]


def test_a_constant_volume_has_no_spectrum_and_grey_slices():
    found = drawn.portrait(np.full((4, 5, 6), 7, np.float32), None)
    assert found["spectrum"] is None
    assert found["histogram"]["counts"] == [120]
    assert set(np.asarray(Image.open(io.BytesIO(found["slices"]["xy"]["png"]))).ravel()) == {128}


def test_pixels_are_means_of_voxels_between_two_percentiles():
    voxels = noise(3, 260, 300)
    found = drawn.slices(voxels, None)["xy"]
    assert (found["step"], found["size"], found["at"]) == (2, [150, 130], 1)
    means = voxels[1].astype(np.float64).reshape(130, 2, 150, 2).mean((1, 3))
    grey = (means - found["black"]) / (found["white"] - found["black"])
    shown = np.asarray(Image.open(io.BytesIO(found["png"])))
    assert (shown == np.rint(255 * np.clip(grey, 0, 1))).all()


def test_a_record_is_small_and_comes_back_as_it_was(tmp_path):
    made = portrait("noise", noise(110, 200, 200))  # as many pixels as there may be
    place = records.path(tmp_path / "machine", "noise")
    records.write(place, made)
    pixels = sum(np.prod(each["size"]) for each in made.drawn["slices"].values())
    assert pixels == 84_000
    assert place.stat().st_size < 120_000
    found = records.load(tmp_path)["noise"]
    assert found.volume == made.volume
    pictures = [{k: v["png"] for k, v in each.drawn["slices"].items()} for each in (made, found)]
    assert pictures[0] == pictures[1]
    assert found.drawn["histogram"]["counts"] == made.drawn["histogram"]["counts"]


def test_of_two_portraits_the_later_counts(tmp_path):
    made = portrait("noise", noise(4, 5, 6))
    for machine, day in (("a", "2026-02-02"), ("b", "2026-01-01")):
        later = records.Portrait(made.volume, day, made.drawn)
        records.write(records.path(tmp_path / machine, "noise"), later)
    assert records.load(tmp_path)["noise"].made == "2026-02-02"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b", '<img src=x onerror="alert(1)">', "Tomogramm Ä", "..", ""]
)
def test_odd_names_are_safe_as_file_names(name, tmp_path):
    folder = tmp_path / "results" / "machine"
    place = records.path(folder, name)
    assert place.parent == folder
    assert not set(place.name) & set('<>"/\\ ')
    assert place != records.path(folder, f"{name}-")
    records.write(place, portrait(name, noise(2, 3, 4)))
    assert list(records.load(tmp_path / "results")) == [name]


@pytest.mark.parametrize("change", ["", "{", "[]", '{"portrait": 1}', "no png"])
def test_a_damaged_record_is_named(change, tmp_path):
    place = records.path(tmp_path / "machine", "noise")
    records.write(place, portrait("noise", noise(2, 3, 4)))
    if change == "no png":
        line = json.loads(place.read_text())
        line["slices"]["xy"]["png"] = "PHN2Zz4="
        change = json.dumps(line)
    place.write_text(change)
    with pytest.raises(UserError, match=r"noise\.portrait\.jsonl: damaged .*move it away"):
        records.load(tmp_path)


def test_a_record_of_another_version_is_left_alone(tmp_path):
    place = records.path(tmp_path / "machine", "noise")
    place.parent.mkdir()
    place.write_text('{"portrait": 0, "picture": "another way"}\n')
    assert records.load(tmp_path) == {}
    assert place.exists()


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A project of one's own, and a file."""
    (tmp_path / project.CONFIGURATION).write_text('{"repo": ".history/zarr.git"}')
    monkeypatch.chdir(tmp_path)
    np.save(tmp_path / "mine.npy", noise(9, 10, 11))
    return tmp_path


def test_the_command_keeps_a_portrait_without_local_paths(mine, capsys):
    main.portrait("mine.npy", json=True)
    said = json.loads(capsys.readouterr().out)
    (place,) = (mine / "results").glob("*/*.portrait.jsonl")
    assert said["path"] == str(place)
    assert str(mine) not in place.read_text()
    found = records.read(place)
    assert found.volume["source"]["name"] == "mine.npy"
    assert said["statistics"]["max"] == found.drawn["statistics"]["max"]


def test_a_portrait_is_made_once_for_the_same_voxels(mine, monkeypatch, capsys):
    volume = cache.prepare(FileVolume(mine / "mine.npy"))[0]
    main.keep(volume, mine / "results")
    (place,) = (mine / "results").glob("*/*.portrait.jsonl")
    monkeypatch.setattr(drawn, "portrait", lambda *_: pytest.fail("looked at it again"))
    main.keep(volume, mine / "results")
    place.write_text("{")
    main.keep(volume, mine / "results")  # figures do not depend on it
    assert "no portrait of mine-" in capsys.readouterr().err
