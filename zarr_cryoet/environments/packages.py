"""The histories: which package's releases, and what goes along with them. One row each."""

from __future__ import annotations

from dataclasses import dataclass

from zarr_cryoet.core.errors import unknown

# What zarr 3.1.6 to 3.4.2 need beside numpy and numcodecs, where zarr is not what varies.
_ZARR_NEEDS = (
    "donfig==0.8.1.post1",
    "google-crc32c==1.9.0",
    "msgspec==0.22.0",
    "packaging==26.3",
    "pyyaml==6.0.3",
    "typing-extensions==4.16.0",
)
# The control on a timeline: what does not change from release to release.
# ml-dtypes 0.6 asks for numpy 2.1, which is older than zarr 2.18.4.
_TENSORSTORE = ("ml-dtypes==0.6.0", "tensorstore==0.1.86")
# The other pipeline for zarr-python, and a store through which both read over HTTP.
_OBSTORE, _ZARRS = "obstore==0.12.1", "zarrs==0.2.3"
# What zarr-python reaches buckets with. Left alone, a resolver goes back to an s3fs of 2020.
_CLOUDS = ("adlfs>=2024.7", "gcsfs>=2024.10", "s3fs>=2024.10")


@dataclass(frozen=True)
class Package:
    """What makes a history's lock, beside what the package's index says.

    Attributes
    ----------
    name
        The history's name: that of its lock, its repository and its configuration.
    first
        The first release of the history.
    of
        The package's name on the index, where the history's is another.
    fixed
        Exact pins that go along with every release, whatever its day. Once a lock is
        committed they may only change together with a new lock, which gives new hashes.
    later
        The same from a release on: that release, and the pin. Where two are of one
        package, the later one counts.
    beside
        Further requirements, resolved as of each release's day, with the least release
        that can work where a resolver would go below it.
    sdists
        Dependencies without wheels, which pip has to build.
    pythons
        The interpreters that every set of pins must install on.
    notes
        Where the package's makers tell what is new in a release; ``{}`` stands for it.
    """

    name: str
    first: str
    of: str = ""
    fixed: tuple[str, ...] = ()
    later: tuple[tuple[str, str], ...] = ()
    beside: tuple[str, ...] = ()
    sdists: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ("3.12", "3.13")
    notes: str = "https://github.com/zarr-developers/zarr-python/releases/tag/v{}"

    @property
    def package(self) -> str:
        """The package's name on the index."""
        return self.of or self.name


PACKAGES = (
    Package(
        name="zarr",
        first="2.18.4",
        fixed=_TENSORSTORE,
        # Each from where it works. pcodec in the series that the numcodecs of the day
        # asks for: 2.18.4 has numcodecs 0.13, whose series (0.2) has no wheel for 3.13.
        later=(
            ("2.18.5", "pcodec==0.3.6"),
            ("3.0.8", _OBSTORE),
            ("3.1.0", _ZARRS),
            ("3.4.1", "pcodec==1.0.4"),
        ),
        # zarr 2.18 draws its trees with it; pure Python, built in a second.
        sdists=("asciitree",),
    ),
    Package(
        # zarr alone varies. 2.18 cannot be in it: it needs numcodecs below 0.16, and
        # 3.4.2 needs 0.16.6, so no one set serves both.
        name="zarr-fixed",
        of="zarr",
        first="3.0.8",
        fixed=(
            *_ZARR_NEEDS,
            *_TENSORSTORE,
            "crc32c==2.9.post0",  # what 3.0.8 to 3.1.5 have in google-crc32c's place
            "numcodecs==0.16.6",
            "numpy==2.5.4",
            "pcodec==0.3.6",
            _OBSTORE,
        ),
        later=(("3.1.0", _ZARRS),),  # which needs zarr 3.1
    ),
    Package(
        # The history of zarr with the clouds' clients of each day, for runs in a bucket. Apart
        # from the first, whose pins must stay: asv stores results by the commits made of them.
        name="zarr-cloud",
        of="zarr",
        first="2.18.4",
        # google-crc32c, which gcsfs needs: that of 2.18.4's day has no wheel for 3.13
        fixed=(*_TENSORSTORE, _OBSTORE, "google-crc32c==1.9.0"),
        beside=_CLOUDS,
        later=(("2.18.5", "pcodec==0.3.6"), ("3.1.0", _ZARRS), ("3.4.1", "pcodec==1.0.4")),
        sdists=("asciitree",),
    ),
    Package(
        # From the first release with a wheel for Python 3.13.
        name="tensorstore",
        notes="https://github.com/google/tensorstore/releases/tag/v{}",
        first="0.1.71",
        fixed=(
            *_ZARR_NEEDS,
            "ml-dtypes==0.6.0",
            "numcodecs==0.17.1",
            "numpy==2.5.4",
            "pcodec==1.0.4",
            "zarr==3.4.2",
            _OBSTORE,
            _ZARRS,
        ),
    ),
    Package(
        # From the first release that zarr 3 can use, with the newest zarr that can use
        # it: 3.4.1 asks for numcodecs 0.16.
        name="numcodecs",
        notes="https://github.com/zarr-developers/numcodecs/releases/tag/v{}",
        first="0.14.0",
        fixed=(*_ZARR_NEEDS, *_TENSORSTORE, "numpy==2.5.4", "zarr==3.4.0", _OBSTORE, _ZARRS),
        later=(("0.15.0", "pcodec==0.3.6"), ("0.17.0", "pcodec==1.0.4")),
    ),
)


def find(name: str) -> Package:
    """Return the row of a history.

    Parameters
    ----------
    name
        Its name, for example ``"zarr"``.

    Raises
    ------
    UserError
        No row has that name.
    """
    for package in PACKAGES:
        if package.name == name:
            return package
    raise unknown("package", name, [package.name for package in PACKAGES])
