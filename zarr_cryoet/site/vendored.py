"""Have asv's pages load their scripts from beside them, where npm can fetch those once.

asv 0.6.6 names about ten files on other people's servers, and shows an error page without a
network. The same releases come from the package registry that npm is set up for, are compared
with the checksums below, and stay in the user's cache.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from asv.console import log
from asv.publishing import OutputPublisher

from ..core.errors import UserError
from ..volumes.cache import default_cache

VARIABLE = "ZARR_CRYOET_NPM"
FOLDER = "vendored"
_SECONDS = 60  # for all packages; they are 5 MB


@dataclass(frozen=True)
class Package:
    """A release on npm, and what asv's page takes of it.

    Attributes
    ----------
    name, version : str
        As npm has them.
    sha512 : str
        Of the packed release, in base64: what npm calls its integrity.
    files : dict of str
        The end of the URL in asv's page, to the file in the package.
    more : tuple of str
        What goes with them: fonts, and the licence, which asks to stand beside each copy.
    """

    name: str
    version: str
    sha512: str
    files: dict[str, str]
    more: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """Where its files stand."""
        return f"{self.name}-{self.version}"


_FONT = "dist/fonts/glyphicons-halflings-regular."
PACKAGES = (
    Package(
        "jquery", "3.3.1",
        "Ubldcmxp5np52/ENotGxlLe6aGMvmF4R8S6tZjsP6Knsaxd/xp3Zrh50cG93lR6nPXyUFwzN3ZSOQI0wRJNdGg==",
        {"/jquery-3.3.1.min.js": "dist/jquery.min.js"}, ("LICENSE.txt",),
    ),
    Package(
        "flot", "0.8.3",
        "xg2otcTJDvS+ERK+my4wxG/ASq90QURXtoM4LhacCq0jQW2jbyjdttbRNqU2cPykrpMvJ6b2uSp6SAgYAzj9tQ==",
        {
            f"/flot/0.8.3/jquery.flot{part}.min.js": f"jquery.flot{part}.js"
            for part in ("", ".time", ".selection", ".categories")
        },
        ("LICENSE.txt",),
    ),
    Package(
        "flot-orderbars", "1.0.0",
        "Jv51fvzevUjNXEeozpwEKfPjhiZhfiJddv0WHjduUTCmSF+7T5K7C9c9Y1wIVmUhDBv5fLMjgbwKecT0GIKPZA==",
        {"/flot-orderbars@1.0.0/js/jquery.flot.orderBars.js": "js/jquery.flot.orderBars.js"},
        ("README.md",),
    ),
    Package(  # the one release of it on npm; 1.0.1, which asv takes, is not there
        "stupid-table-plugin", "1.1.3",
        "2Vk7XouQPxUQPRe9w0Fu7ZZ8kHLK7rDoLMsCgtKxRNJ7f4dSOGvW9CkHsq5wD6QsaEnWoyLBYH3xOEsrK3yWBg==",
        {"/stupidtable/1.0.1/stupidtable.min.js": "stupidtable.min.js"}, ("LICENSE",),
    ),
    Package(
        "blueimp-md5", "2.19.0",
        "DRQrD6gJyy8FbiE4s+bDoXS9hiW3Vbx5uCdwvcCf3zLHL+Iv7LtGHLpr+GZV8rHG8tK766FGYBwRbu8pELTt+w==",
        {"/blueimp-md5/2.19.0/js/md5.min.js": "js/md5.min.js"}, ("LICENSE.txt",),
    ),
    Package(
        "bootstrap", "3.1.1",
        "TAzqS8E/ISpVHP29gYhy+1NSV+FJwApDVQhDfgLYsIuUDJiqJzH2DfORN5tiu+Ie2iBLrzEG34t4Rf465cigqg==",
        {
            f"/bootstrap@3.1.1/dist/{path}": f"dist/{path}"
            for path in ("js/bootstrap.min.js", "css/bootstrap.min.css")
        },
        (*(_FONT + kind for kind in ("eot", "svg", "ttf", "woff")), "LICENSE"),
    ),
)  # fmt: skip


class SelfContained(OutputPublisher):
    """Patches the copy of asv's page in the published site; no page of its own."""

    name = FOLDER
    button_label = "Scripts"
    description = "Scripts of asv's pages beside them"
    order = 40

    @classmethod
    def publish(cls, conf, repo, benchmarks, graphs, revisions):
        """Called by ``asv publish``."""
        why = patch(Path(conf.html_dir))
        if why:
            log.warning(f"asv's own pages need a network: {why}")


def patch(site: Path) -> str | None:
    """Have a published site load what npm has.

    Parameters
    ----------
    site
        Its folder.

    Returns
    -------
    str or None
        Why it is as it was, in words.
    """
    index = site / "index.html"
    found = index.read_text("utf-8")
    wanted = {url: beside(url) for url in _URL.findall(found)}
    strange = [url for url, path in wanted.items() if path is None]
    if strange or not wanted:
        return "its index.html is not the one of asv 0.6.6"
    try:
        shutil.copytree(fetched(PACKAGES), site / FOLDER, dirs_exist_ok=True)
    except UserError as exc:
        return str(exc)
    except OSError as exc:
        return f"{exc.filename or FOLDER}: {exc.strerror or exc}"
    index.write_text(_TAG.sub(lambda tag: _local(tag[0], wanted), found), "utf-8")
    return None


_TAG = re.compile(r'<(?:script|link)\b[^>]*\b(?:src|href)="https?://[^>]*>')
_URL = re.compile(r'<(?:script|link)\b[^>]*\b(?:src|href)="(https?://[^"]+)"')
_FOREIGN = re.compile(r'\s(?:integrity|crossorigin|referrerpolicy)="[^"]*"')


def _local(tag: str, wanted: dict) -> str:
    """A tag with a file of ours in place of a URL; checksums of other files have no place there."""
    for url, path in wanted.items():
        tag = tag.replace(f'"{url}"', f'"{FOLDER}/{path}"')
    return _FOREIGN.sub("", tag)


def beside(url: str) -> str | None:
    """The path of a file in the folder, for a URL of asv's page; None for one that is not known."""
    for package in PACKAGES:
        for end, path in package.files.items():
            if url.endswith(end):
                return f"{package.folder}/{path}"
    return None


def fetched(packages: Iterable[Package]) -> Path:
    """The folder that holds these packages' files; made, with npm, where there is none.

    Raises
    ------
    UserError
        There is no npm, it is not to be used, it failed, or gave something else.
    """
    packages = tuple(packages)
    digest = hashlib.sha256(repr(packages).encode()).hexdigest()[:12]
    folder = default_cache() / f"site-{digest}"
    if folder.is_dir():
        return folder
    npm = shutil.which("npm")
    if os.environ.get(VARIABLE) == "no":
        raise UserError(f"{VARIABLE} is no")
    if npm is None:
        raise UserError("npm is not installed, which would fetch their scripts once")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".site-", dir=folder.parent) as place:
        _pack(npm, packages, Path(place))
        made = Path(place) / FOLDER
        for package in packages:
            _take(package, Path(place) / f"{package.folder}.tgz", made / package.folder)
        if not folder.is_dir():  # another process may have been faster
            made.replace(folder)
    return folder


def _pack(npm: str, packages: Iterable[Package], place: Path) -> None:
    """Fetch packed releases, none of which is installed or run."""
    names = [f"{package.name}@{package.version}" for package in packages]
    words = ["--pack-destination", ".", "--ignore-scripts", "--no-audit", "--no-fund",
             "--fetch-retries", "0", "--fetch-timeout", "15000", "--loglevel", "error"]  # fmt: skip
    try:
        done = subprocess.run(
            [npm, "pack", *names, *words], cwd=place, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise UserError(f"npm did not fetch their scripts in {_SECONDS} s") from None
    if done.returncode:
        code = re.search(r"\bcode (E[A-Z0-9_]+)", done.stderr)  # the rest may name hosts
        raise UserError(f"npm could not fetch their scripts ({code[1] if code else 'no reason'})")


def _take(package: Package, packed: Path, place: Path) -> None:
    """Some files of a packed release, if it is the one that was meant.

    Raises
    ------
    UserError
        It is another, or not there.
    """
    content = packed.read_bytes() if packed.is_file() else b""
    if base64.b64encode(hashlib.sha512(content).digest()).decode() != package.sha512:
        raise UserError(f"{package.name} {package.version} from npm is not what is on record")
    with tarfile.open(packed) as archive:
        members = {name.partition("/")[2]: name for name in archive.getnames()}
        for path in (*package.files.values(), *package.more):
            if path not in members:
                raise UserError(f"{package.name} {package.version} from npm has no {path}")
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_bytes(archive.extractfile(members[path]).read())
