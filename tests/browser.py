"""The system's Chromium, which opens folders of pages served on loopback: fixtures for tests.

`visit` is what a test takes::

    def test_a_page(visit, folder):
        page = visit(folder, "explore.html#volume=phantom-128")
        assert page.locator("h1").inner_text() == "Explore"

What a page complains of (console errors, exceptions, files that are missing, requests that
leave this machine) fails the test at its end; one that expects complaints empties `visit.faults`.
"""

from __future__ import annotations

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium as root has no sandbox; the rest keeps it from asking anybody for anything
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
SECONDS = 15.0


class _Files(SimpleHTTPRequestHandler):
    """Files of a folder; never from the browser's cache, as tests rewrite them."""

    def log_message(self, *_):
        pass

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


@pytest.fixture(scope="module")
def chromium():
    """A browser without a window. It ends with the module: Playwright keeps an event loop
    running in the test's thread, in which no other test could run one.
    """
    api = pytest.importorskip("playwright.sync_api", reason="no Playwright: see the extra `dev`")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine: pages are not opened")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def serve():
    """A function from a folder to the URL that serves it, until the module ends."""
    servers: dict[Path, ThreadingHTTPServer] = {}

    def url(folder: Path) -> str:
        if folder not in servers:
            handler = partial(_Files, directory=str(folder))
            servers[folder] = server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[folder].server_address[1]}"

    yield url
    for server in servers.values():
        server.shutdown()
        server.server_close()


class Visit:
    """Opens pages; keeps what they complain of in `faults`."""

    def __init__(self, browser, url):
        self._browser, self._url, self._contexts = browser, url, []
        self.faults: list[str] = []

    def __call__(self, folder: Path, path: str, **options):
        """A page of a folder, loaded.

        Parameters
        ----------
        folder
            Of the site.
        path
            ``explore.html#volume=phantom-128``.
        **options
            Of Playwright's ``new_context``: ``color_scheme="dark"``, ``viewport``, ...
        """
        context = self._browser.new_context(**options)
        context.set_default_timeout(SECONDS * 1000)
        self._contexts.append(context)
        home = self._url(folder)
        context.route(lambda asked: not asked.startswith((home, "data:", "blob:")), self._stop)
        page = context.new_page()
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("pageerror", lambda error: self._said("error", str(error)))
        page.on("response", lambda got: self._got(got.status, got.url))
        page.goto(f"{home}/{path}", wait_until="load")
        return page

    def close(self) -> None:
        """Close all that was opened."""
        for context in self._contexts:
            context.close()

    def _said(self, kind: str, text: str) -> None:
        if kind == "error" and "favicon.ico" not in text and "404" not in text:
            self.faults.append(text)

    def _got(self, status: int, url: str) -> None:
        if status >= 400 and not url.endswith("/favicon.ico"):
            self.faults.append(f"{status}: {url}")

    def _stop(self, route) -> None:
        self.faults.append(f"left this machine: {route.request.url}")
        route.abort()


@pytest.fixture
def visit(chromium, serve):
    """Opens a page of a folder; see `Visit`. The test fails where a page complained."""
    found = Visit(chromium, serve)
    yield found
    found.close()
    assert not found.faults
