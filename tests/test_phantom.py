"""What a phantom promises: exact arithmetic, a tomogram's statistics, and its ground truth.

That its bytes are the same under other releases of numpy is tested with the volumes' checksums.
"""

from __future__ import annotations

import numpy as np
import pytest
from numcodecs import Blosc, Zstd

from zarr_cryoet.core.errors import UserError
from zarr_cryoet.volumes import phantom, phantom_optics, phantom_scene
from zarr_cryoet.volumes.phantom import LABELS, Phantom

SMALL = Phantom(edge=64)


@pytest.fixture(scope="module")
def volume():
    return phantom.generate(Phantom(edge=128))


@pytest.fixture(scope="module")
def twin(volume):
    return phantom.to_uint8_range(volume)


@pytest.fixture(scope="module")
def energy(volume):
    """|F|² of the half spectrum, with |kz|, |ky|, |kx| in cycles per voxel to broadcast."""
    spectrum = np.fft.rfftn(volume.astype(np.float64))
    spectrum[0, 0, 0] = 0
    f = np.abs(np.fft.fftfreq(128))
    return np.abs(spectrum) ** 2, (f[:, None, None], f[:, None], f[:65])


@pytest.fixture(scope="module")
def small():
    return phantom.generate(SMALL)


@pytest.fixture(scope="module")
def known():
    return phantom.truth(SMALL)


def ratio(a, codec):
    """Compression ratio in chunks of 64³."""
    chunks = (
        np.ascontiguousarray(a[z : z + 64, y : y + 64, x : x + 64])
        for z in (0, 64)
        for y in (0, 64)
        for x in (0, 64)
    )
    return a.nbytes / sum(len(codec.encode(c)) for c in chunks)


def assert_standard(a):
    assert a.dtype == np.float32
    assert a.flags.c_contiguous
    assert abs(a.mean(dtype=np.float64)) < 1e-6
    assert abs(a.std(dtype=np.float64) - 1) < 1e-6


def test_mean_0_and_deviation_1(volume, twin, small):
    for a in (volume, twin, small):
        assert_standard(a)


@pytest.mark.parametrize(
    ("codec", "expected"),
    [
        (Blosc("lz4", 5, Blosc.SHUFFLE), 1.09),
        (Blosc("zstd", 5, Blosc.SHUFFLE), 1.17),
        (Zstd(3), 1.08),
    ],
    ids=["blosc-lz4-5-shuffle", "blosc-zstd-5-shuffle", "zstd-3"],
)
def test_compresses_as_tomograms_do(volume, codec, expected):
    assert ratio(volume, codec) == pytest.approx(expected, rel=0.02)


def test_eight_bits_turn_the_ranking_round(volume, twin):
    plain, shuffled = (Blosc("zstd", 5, s) for s in (Blosc.NOSHUFFLE, Blosc.SHUFFLE))
    assert ratio(twin, plain) >= 2 * ratio(twin, shuffled)
    assert ratio(volume, plain) < ratio(volume, shuffled)


def test_eight_bits_keep_the_values(volume, twin):
    assert len(np.unique(twin)) <= 256
    assert np.abs(twin - volume)[np.abs(volume) < 4.9].max() < 0.03


@pytest.mark.parametrize(("axis", "low", "high"), [(0, 0.4, 0.6), (1, 0.05, 0.45), (2, 0.05, 0.45)])
def test_neighbours_are_correlated(volume, axis, low, high):
    a = np.moveaxis(volume, axis, 0).astype(np.float64)
    assert low <= (a[1:] * a[:-1]).mean() <= high


@pytest.mark.parametrize("directions", ["all", "measured"])
def test_radial_power_falls_as_in_tomograms(energy, directions):
    power, (z, y, x) = energy
    radius = np.sqrt(z * z + y * y + x * x)
    keep = (radius >= 0.06) & (radius <= 0.45)
    if directions == "measured":
        keep &= z <= x * np.tan(np.deg2rad(60))
    shell = np.rint(radius * 128).astype(int)[keep]
    weight = np.broadcast_to(np.where((x > 0) & (x < 0.5), 2, 1), power.shape)[keep]
    count = np.bincount(shell, weight)
    used = count > 0
    mean = np.bincount(shell, weight * power[keep])[used] / count[used]
    slope = np.polyfit(np.log(np.flatnonzero(used)), np.log(mean), 1)[0]
    assert -1.9 <= slope <= -1.0


@pytest.mark.parametrize("highest", [1.0, 0.45])
def test_wedge_is_missing(energy, highest):
    power, (z, y, x) = energy
    radius = np.sqrt(z * z + y * y + x * x)
    asked = (radius > 0) & (radius < highest)
    missing = asked & (z > x * np.tan(np.deg2rad(60)))
    weight = np.broadcast_to(np.where((x > 0) & (x < 0.5), 2, 1), power.shape)
    inside, outside = (
        np.average(power[part], weights=weight[part]) for part in (missing, asked & ~missing)
    )
    assert inside <= 0.1 * outside


def test_the_same_again_and_another_seed(small):
    assert phantom.generate(SMALL).tobytes() == small.tobytes()
    other = phantom.generate(Phantom(edge=64, seed=SMALL.seed + 1))
    assert abs(np.corrcoef(small.ravel(), other.ravel())[0, 1]) < 0.05


@pytest.mark.parametrize("edge", [64, 96, 100, 75])
def test_rounding_errors_are_far_from_a_half(edge):
    p = Phantom(edge=edge)
    signal, noise = phantom._spectra(p, phantom._scene(p), lambda: None)
    result = phantom_optics.restore(signal + noise, lambda: None)
    assert result.residue < 1e-3
    assert (result.values == np.rint(result.values)).all()
    assert result.values.std() > 2**22  # significant bits


def test_kernels_are_far_from_a_half():
    p = Phantom(edge=64)
    for kernel in (
        phantom_optics.noise_kernel(),
        phantom_optics.signal_kernel(p.voxel_spacing, p.defocus),
    ):
        assert kernel.margin > 1e-7


def test_last_bits_do_not_matter(small, monkeypatch):
    """Sines and FFTs that are a thousand times worse than any machine's give the same bytes."""
    rng = np.random.default_rng(0)

    def worse(function):
        def wrapped(*args, **kwargs):
            result = function(*args, **kwargs)
            return result * (1 + 1e-13 * rng.standard_normal(result.shape))

        return wrapped

    for name in ("_wedge", "_cosines"):
        monkeypatch.setattr(phantom_optics, name, worse(getattr(phantom_optics, name)))
    for name in ("rfft2", "fft", "ifft", "irfft2"):
        monkeypatch.setattr(np.fft, name, worse(getattr(np.fft, name)))
    kernels = phantom_optics.noise_kernel, phantom_optics.signal_kernel
    for kernel in kernels:
        kernel.cache_clear()
    again = phantom.generate(SMALL)
    for kernel in kernels:
        kernel.cache_clear()
    assert again.tobytes() == small.tobytes()


def test_convolution_is_exact():
    """Against a sum over the kernel's taps, in integers."""
    edge, reach = 12, 3
    rng = np.random.default_rng(0)
    octant = rng.integers(-999, 999, (reach, reach, reach))
    source = rng.integers(-9999, 9999, (edge, edge, edge))
    spectrum = phantom_optics.spectrum(source.__getitem__, octant, edge, lambda: None)
    expected = np.zeros_like(source)
    for tap in np.ndindex(5, 5, 5):
        offset = tuple(t - 2 for t in tap)
        weight = octant[tuple(abs(o) for o in offset)]
        expected += weight * np.roll(source, offset, axis=(0, 1, 2))
    variance = phantom_optics.power(spectrum)
    assert variance == pytest.approx(expected.astype(float).var(), rel=1e-9)
    assert (phantom_optics.restore(spectrum, lambda: None).values == expected).all()


def test_moments_are_exact():
    values = np.array([[[2.0**35, -(2.0**35)], [3.0, 1 - 2.0**35]]])
    whole = [int(v) for v in values.ravel()]
    mean = sum(whole) / 4
    squares = (sum(v * v for v in whole) * 4 - sum(whole) ** 2) / 16
    assert phantom._mean_and_deviation(values) == (mean, squares**0.5)


def test_truth_is_the_volume_without_its_noise(small, known):
    noise = small - known.noise_free
    np.testing.assert_array_equal(known.noise_free.shape, small.shape)
    np.testing.assert_allclose(known.noise_free + noise, small, atol=1e-6)
    assert abs(known.noise_free.mean(dtype=np.float64)) < 1e-6
    assert np.corrcoef(known.noise_free.ravel(), small.ravel())[0, 1] > 0.2
    # what is left does not know of the signal, and is as strong as asked for
    assert abs(np.corrcoef(known.noise_free.ravel(), noise.ravel())[0, 1]) < 0.02
    assert known.noise_free.var() / noise.var() == pytest.approx(SMALL.snr, rel=0.05)


def test_noise_is_the_coloured_noise_alone(small, known):
    """`generate - noise_free` is, up to its scale, what the noise's own convolution gives."""
    octant = phantom_optics.noise_kernel().octant
    spectrum = phantom_optics.spectrum(lambda z: phantom._white(SMALL, z), octant, 64, lambda: None)
    alone = phantom_optics.restore(spectrum, lambda: None).values
    noise = (small - known.noise_free).astype(np.float64)
    alone = (alone - alone.mean()) * (noise.std() / alone.std())
    np.testing.assert_allclose(noise, alone, atol=2e-6)


def test_density_is_dark(small, known):
    mask = phantom.labels(SMALL)
    for label in LABELS.values():
        assert known.noise_free[mask == label].mean() < 0
        assert small[mask == label].mean() < small[mask == 0].mean()


@pytest.mark.parametrize("edge", [64, 128])
def test_particles_are_inside_and_apart(edge):
    scene = phantom._scene(Phantom(edge=edge))
    centres = np.array([(p.z, p.y, p.x) for p in scene.particles])
    radii = np.array([phantom_scene.KINDS[p.kind].radius for p in scene.particles])
    assert {p.kind for p in scene.particles} == set(phantom_scene.KINDS)
    assert scene.vesicles
    assert (centres - radii[:, None] >= 0).all()
    assert (centres + radii[:, None] < edge).all()
    apart = np.sqrt(((centres[:, None] - centres[None]) ** 2).sum(-1))
    room = radii[:, None] + radii[None]
    assert (apart[np.triu_indices(len(radii), 1)] > room[np.triu_indices(len(radii), 1)]).all()


def test_no_object_draws_over_another():
    """Each object's voxels, drawn alone, are all there in the whole."""
    scene = phantom._scene(SMALL)
    whole = phantom.labels(SMALL)
    alone = np.zeros(len(phantom.LABELS) + 1, int)
    for part in (
        *(phantom_scene.Scene(64, (v,), ()) for v in scene.vesicles),
        *(phantom_scene.Scene(64, (), (p,)) for p in scene.particles),
    ):
        alone += np.bincount(phantom_scene.mask(part, lambda: None).ravel(), minlength=5)
    np.testing.assert_array_equal(np.bincount(whole.ravel(), minlength=5)[1:], alone[1:])


@pytest.mark.parametrize("edge", [64, 128])
def test_labels_are_where_the_particles_are(edge):
    p = Phantom(edge=edge)
    mask = phantom.labels(p)
    assert mask.dtype == np.uint8
    assert mask.shape == (edge, edge, edge)
    assert set(np.unique(mask)) == {0, *LABELS.values()}
    for particle in phantom._scene(p).particles:
        # the proteasome is hollow: its wall is up to 4 voxels from its centre
        reach = 4 if particle.kind == "proteasome" else 0
        near = tuple(slice(c - reach, c + reach + 1) for c in (particle.z, particle.y, particle.x))
        assert LABELS[particle.kind] in mask[near]


def test_truth_lists_what_is_drawn(known):
    scene = phantom._scene(SMALL)
    assert known.particles == scene.particles
    assert known.vesicles == scene.vesicles


def test_orientation_is_a_rotation():
    particle = phantom_scene.Particle("ribosome", 0, 0, 0, (3, -1, 4, 7))
    rotation = np.array(particle.rotation)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)
    np.testing.assert_allclose(particle.turn(1, 2, 3), rotation @ [1, 2, 3], atol=1e-12)
    # a quarter turn about z takes x to y
    quarter = phantom_scene.Particle("ribosome", 0, 0, 0, (1, 0, 0, 1))
    assert quarter.turn(0, 0, 1) == (0, 1, 0)


def test_particles_scale_with_the_volume():
    small, large = (len(phantom._scene(Phantom(edge=e)).particles) for e in (64, 160))
    assert large / small == pytest.approx((160 / 64) ** 3, rel=0.1)


@pytest.mark.parametrize("edge", [96, 75])
def test_other_edges(edge):
    a = phantom.generate(Phantom(edge=edge))
    assert a.shape == (edge, edge, edge)
    assert_standard(a)


def test_too_small_an_edge_is_said_in_a_line():
    with pytest.raises(UserError, match="63") as caught:
        Phantom(edge=63)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("make", [phantom.generate, phantom.truth, phantom.labels])
@pytest.mark.parametrize("edge", [64, 65])
def test_progress_rises_to_1(make, edge):
    seen = []
    make(Phantom(edge=edge), seen.append)
    assert seen == sorted(seen)
    assert seen[0] > 0
    assert seen[-1] == 1
    assert len(seen) >= 10
    assert seen.count(1) == 1
