"""What the user's package index knows of a package: its releases and their days."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from zarr_cryoet.core.errors import UserError

try:
    import requests
    from packaging.version import InvalidVersion, Version
    from pypi_simple import ACCEPT_ANY, PyPISimple
    from pypi_simple.classes import DistributionPackage, ProjectPage
    from pypi_simple.html import RepositoryPage
except ImportError as missing:
    raise UserError(
        f"{missing.name} is not installed; pip install 'zarr-cryoet[history]'"
    ) from None

PYPI = "https://pypi.org/simple"
VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
OPTIONS = ("install.index-url", "global.index-url")  # pip's own order for `pip install`
TIMEOUT = 30  # seconds without an answer


@dataclass(frozen=True)
class Upload:
    """A release as an index lists it.

    Attributes
    ----------
    version
        The release.
    date
        When its first file was uploaded, in UTC.
    requires_python
        What its wheel says about interpreters; empty if it says nothing.
    """

    version: Version
    date: datetime
    requires_python: str


def configured() -> str:
    """Return the address of the index that the user's own tools go to.

    It may hold a password: print it through `hidden` only.
    """
    for variable in VARIABLES:
        if address := os.environ.get(variable, "").strip():
            # uv lets an index have a name, as in "internal=https://..."
            return re.sub(r"^[\w.-]+=", "", address)
    settings = _pip_settings()
    return next((settings[option] for option in OPTIONS if option in settings), PYPI)


def _pip_settings() -> dict[str, str]:
    # an environment that uv made has no pip of its own: then any that the user has
    for pip in ([sys.executable, "-m", "pip"], ["pip"]):
        with suppress(OSError, subprocess.SubprocessError):
            done = subprocess.run(
                [*pip, "config", "list"], capture_output=True, text=True, check=True
            )
            lines = (line.partition("=") for line in done.stdout.splitlines())
            return {option: ast.literal_eval(value) for option, _, value in lines if value}
    return {}


def hidden(text: str) -> str:
    """Return a text without the passwords in its addresses."""
    return re.sub(r"//[^/\s]*@", "//***@", text)


def releases(package: str, index: str, *, after: Version | None = None) -> list[Upload]:
    """Return the releases that make a history, oldest first.

    Yanked releases, pre-releases and those without a wheel are left out, and so are
    back-ports: what was uploaded when a higher version was out already.

    Parameters
    ----------
    package
        Its name on the index.
    index
        The address of the index.
    after
        Only higher versions than this one.

    Raises
    ------
    UserError
        The index cannot be reached, does not know the package, or does not say when its
        files were uploaded.
    """
    by_version: dict[Version, list[DistributionPackage]] = {}
    for file in _files(package, index):
        version = _final(file.version)
        if version and (after is None or version > after):
            by_version.setdefault(version, []).append(file)
    uploads = []
    for version, files in by_version.items():
        wheels = [f for f in files if f.package_type == "wheel" and not f.is_yanked]
        if wheels:
            date = _first_upload(package, version, files, index)
            uploads.append(Upload(version, date, wheels[0].requires_python or ""))
    return _without_backports(uploads)


def _final(text: str | None) -> Version | None:
    try:
        version = Version(text or "")
    except InvalidVersion:  # of the days before versions had a form
        return None
    return None if version.is_prerelease or version.local else version


def _first_upload(
    package: str, version: Version, files: Iterable[DistributionPackage], index: str
) -> datetime:
    times = [file.upload_time for file in files if file.upload_time]
    if not times:
        raise UserError(
            f"{hidden(index)} does not say when {package} {version} was uploaded; "
            "use an index that does, such as UV_DEFAULT_INDEX=" + PYPI
        )
    aware = (time if time.tzinfo else time.replace(tzinfo=UTC) for time in times)
    return min(time.astimezone(UTC) for time in aware)


def _without_backports(uploads: Iterable[Upload]) -> list[Upload]:
    # By date, not by version: a back-port that came late must go, not its successors.
    kept: list[Upload] = []
    for upload in sorted(uploads, key=lambda upload: (upload.date, upload.version)):
        if not kept or upload.version > kept[-1].version:
            kept.append(upload)
    return kept


def _files(package: str, index: str) -> list[DistributionPackage]:
    where = hidden(index)
    try:
        with PyPISimple(endpoint=index, accept=ACCEPT_ANY) as client:
            address = client.get_project_url(package)
            headers = {"Accept": client.accept}
            response = client.s.get(address, headers=headers, timeout=TIMEOUT)
    except requests.Timeout:
        raise UserError(f"{where} did not answer within {TIMEOUT} s; try again later") from None
    except (requests.RequestException, ValueError) as fault:
        reason = f"{type(fault).__name__}; check the network, or set UV_DEFAULT_INDEX"
        raise UserError(f"{where} cannot be reached: {reason}") from None
    if response.status_code == 404:
        raise UserError(f"{where} does not know {package}; check UV_DEFAULT_INDEX or pip's index")
    if not response.ok:
        raise UserError(f"{where} answered {response.status_code} for {package}; try again later")
    try:
        files = _dated(ProjectPage.from_response(response, package), response)
    except Exception:  # whatever a proxy's error page makes a parser say
        files = []
    if not files:
        raise UserError(f"{where} lists no file of {package}; check the index's address")
    return files


def _dated(page: ProjectPage, response: requests.Response) -> list[DistributionPackage]:
    """Fill in the upload times of an HTML page, which pypi-simple does not read."""
    if "html" not in response.headers.get("content-type", "html"):
        return page.packages
    times = {}
    for link in RepositoryPage.from_html(response.content, response.url).links:
        if time := link.get_str_attrib("data-upload-time"):
            times[link.text] = datetime.fromisoformat(time)
    for file in page.packages:
        file.upload_time = times.get(file.filename)
    return page.packages
