"""The packages that have a history: one row each."""

from __future__ import annotations

from dataclasses import dataclass

from zarr_cryoet.core.errors import unknown


@dataclass(frozen=True)
class Package:
    """What makes a package's lock, beside what its index says.

    Attributes
    ----------
    name
        Its name on the package index.
    first
        The first release of the history.
    fixed
        Exact pins that go along with every release, whatever its day. Once a lock is
        committed they may only change together with a new lock, which gives new hashes.
    sdists
        Dependencies without wheels, which pip has to build.
    pythons
        The interpreters that every set of pins must install on.
    """

    name: str
    first: str
    fixed: tuple[str, ...] = ()
    sdists: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ("3.12", "3.13")


PACKAGES = (
    Package(
        name="zarr",
        first="2.18.4",
        # The control on the timeline: what does not change from release to release.
        # ml-dtypes 0.6 asks for numpy 2.1, which is older than zarr 2.18.4.
        fixed=("ml-dtypes==0.6.0", "tensorstore==0.1.86"),
        # zarr 2.18 draws its trees with it; pure Python, built in a second.
        sdists=("asciitree",),
    ),
)


def find(name: str) -> Package:
    """Return the row of a package.

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
