"""What the ``history`` commands say."""

from __future__ import annotations

from .. import console, project
from ..core.errors import unknown
from . import lock as locks
from . import packages, repository


def build(package: str, json: bool) -> None:
    """Make the repository, and say where."""
    root = project.find().root
    _known(package)
    path = repository.ensure(package, root)
    releases = repository.versions(path)
    if json:
        place = str(path.relative_to(root))
        return console.as_json({"package": package, "path": place, "releases": releases})
    return console.say(
        f"{path.relative_to(root)}: {len(releases)} releases of {package}, a commit each"
    )


def update(package: str, json: bool) -> None:
    """Extend the lock, make the repository anew, and say what came."""
    from . import resolve

    root = project.find().root
    packages.find(package)
    with console.bar(f"asking the index for {package}") as bar:
        added = resolve.update(
            package,
            locks.path_of(package),
            progress=lambda version, n, of: bar((n - 1) / of, f"resolving {package} {version}"),
        )
    repository.ensure(package, root)
    if json:
        return console.as_json([_as_dict(release) for release in added])
    if not added:
        return console.say(f"{package}: the lock holds every release already")
    return _table(package, added)


def listing(package: str, json: bool) -> None:
    """The lock's releases, oldest first."""
    releases = locks.read(_known(package)).releases
    return console.as_json([_as_dict(r) for r in releases]) if json else _table(package, releases)


def _known(package: str):
    names = [row.name for row in packages.PACKAGES]
    if package not in names:
        raise unknown("history", package, names)
    return locks.path_of(package)


def _as_dict(release: locks.Release) -> dict:
    return {
        "version": release.version,
        "date": release.date,
        "requires_python": release.requires_python,
        "requirements": list(release.requirements),
    }


def _table(package: str, releases) -> None:
    own = packages.find(package).package
    shown = [name for name in ("zarr", "numcodecs", "tensorstore", "numpy") if name != own]
    console.table(
        [package, "date", "python", *shown],
        [
            (r.version, r.date[:10], r.requires_python, *(r.pins.get(name) for name in shown))
            for r in releases
        ],
    )
