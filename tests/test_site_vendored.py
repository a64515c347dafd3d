"""asv's pages load their scripts from beside them, where npm has them as they are on record."""

import base64
import hashlib
import io
import os
import shutil
import sys
import tarfile
from pathlib import Path

import asv
import pytest

from zarr_cryoet.core.errors import UserError
from zarr_cryoet.site import vendored
from zarr_cryoet.volumes.cache import default_cache

PAGE = Path(asv.__file__).parent / "www" / "index.html"
SCRIPT, LICENCE = b"window.demo = 1;\n", b"do as you like\n"

NPM = """#!{python}
import pathlib, shutil, sys
names = [word for word in sys.argv[2:] if "@" in word]
assert sys.argv[1] == "pack" and "--ignore-scripts" in sys.argv
with open({log!r}, "a") as log:
    log.write(" ".join(names) + "\\n")
if {code}:
    sys.stderr.write("npm error code ENOTFOUND\\nnpm error at https://somewhere.example/\\n")
    sys.exit({code})
for name in names:
    shutil.copy({packed!r}, name.replace("@", "-") + ".tgz")
"""


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """A program called npm that has one package; gives the package, and what it was asked."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        for name, content in {"dist/demo.js": SCRIPT, "LICENSE": LICENCE}.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    packed = tmp_path / "demo.tgz"
    packed.write_bytes(held.getvalue())
    sha512 = base64.b64encode(hashlib.sha512(held.getvalue()).digest()).decode()
    folder = tmp_path / "bin"
    folder.mkdir()

    def make(code=0):
        program = folder / "npm"
        program.write_text(NPM.format(python=sys.executable, log=str(tmp_path / "log"),
                                      packed=str(packed), code=code))  # fmt: skip
        program.chmod(0o755)

    make()
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    monkeypatch.setenv("ZARR_CRYOET_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(vendored.VARIABLE, raising=False)
    package = vendored.Package("demo", "1.2.3", sha512, {"/demo.min.js": "dist/demo.js"},
                               ("LICENSE",))  # fmt: skip
    monkeypatch.setattr(vendored, "PACKAGES", (package,))
    make.log = tmp_path / "log"
    make.package = package
    return make


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "html"
    folder.mkdir()
    (folder / "index.html").write_text(
        '<script src="https://cdn.example/x/demo.min.js" integrity="sha256-xyz=" '
        'crossorigin="anonymous" referrerpolicy="no-referrer" onerror="failed()"></script>\n'
        '<script src="asv.js"></script><a href="https://asv.example/">asv</a>\n'
    )
    return folder


def test_a_page_loads_what_npm_has(npm, site):
    assert vendored.patch(site) is None
    text = (site / "index.html").read_text()
    assert '<script src="vendored/demo-1.2.3/dist/demo.js" onerror="failed()"></script>' in text
    assert '<a href="https://asv.example/">asv</a>' in text
    assert (site / "vendored/demo-1.2.3/dist/demo.js").read_bytes() == SCRIPT
    assert (site / "vendored/demo-1.2.3/LICENSE").read_bytes() == LICENCE


def test_npm_is_asked_once(npm, site):
    before = (site / "index.html").read_text()
    assert vendored.patch(site) is None
    (site / "index.html").write_text(before)
    npm(code=1)
    assert vendored.patch(site) is None
    assert npm.log.read_text() == "demo@1.2.3\n"
    assert len(list(default_cache().iterdir())) == 1  # and nothing half-made is left


def _failing(npm, monkeypatch):
    npm(code=1)


def _no(npm, monkeypatch):
    monkeypatch.setenv(vendored.VARIABLE, "no")


def _none(npm, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)


def _another(npm, monkeypatch):
    other = vendored.Package("demo", "1.2.3", "x", npm.package.files)
    monkeypatch.setattr(vendored, "PACKAGES", (other,))


def _lacking(npm, monkeypatch):
    found = npm.package
    other = vendored.Package(found.name, found.version, found.sha512, found.files, ("NOTICE",))
    monkeypatch.setattr(vendored, "PACKAGES", (other,))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_failing, "npm could not fetch their scripts (ENOTFOUND)"),
        (_no, "ZARR_CRYOET_NPM is no"),
        (_none, "npm is not installed, which would fetch their scripts once"),
        (_another, "demo 1.2.3 from npm is not what is on record"),
        (_lacking, "demo 1.2.3 from npm has no NOTICE"),
    ],
)
def test_a_page_is_left_as_it_was_with_a_word(change, why, npm, site, monkeypatch):
    before = (site / "index.html").read_text()
    change(npm, monkeypatch)
    assert vendored.patch(site) == why
    assert (site / "index.html").read_text() == before
    assert [path.name for path in site.iterdir()] == ["index.html"]
    assert "://" not in why


def test_a_page_of_another_asv_is_left_as_it_was(npm, site):
    text = '<script src="https://cdn.example/other.min.js"></script>'
    (site / "index.html").write_text(text)
    assert vendored.patch(site) == "its index.html is not the one of asv 0.6.6"
    assert (site / "index.html").read_text() == text
    assert not npm.log.exists()


def test_every_url_of_asvs_own_page_is_known():
    text = PAGE.read_text("utf-8")
    urls = vendored._URL.findall(text)
    assert len(urls) == 10
    assert all(vendored.beside(url) for url in urls)


def test_what_is_fetched_is_what_the_checksum_says():
    with pytest.raises(UserError, match="is not what is on record"):
        vendored._take(vendored.PACKAGES[0], Path("absent.tgz"), Path("nowhere"))
