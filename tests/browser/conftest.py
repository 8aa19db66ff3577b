"""One server and one Chromium for all browser tests; every test fails on what a user's browser would complain about."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.serving import CHROMIUM_FLAGS, Server, find_chromium, running_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

HERE = Path(__file__).parent


def pytest_collect_file() -> None:
    """Skip this folder as a whole, with the reason, where Playwright is missing."""
    if find_spec("playwright") is None:
        pytest.skip("Playwright is not installed; see requirements-dev.txt.")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests carry their marker and go to one worker, so that one server serves them all."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app as `make run` starts it, with empty data and models folders."""
    with running_app(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """This machine's own Chromium, headless; skips with the reason where there is none."""
    path = find_chromium()
    if path is None:
        pytest.skip("No Chromium on this machine; install the package chromium.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about so far; a test that provokes a complaint on purpose clears it."""
    return []


@pytest.fixture
def page(server: Server, chromium: "Browser", complaints: list[str]) -> Iterator["Page"]:
    """A page in a fresh context whose relative addresses are the app's.

    The test fails on console errors, uncaught exceptions, and requests to any other host.
    """

    def note_console(message: "ConsoleMessage") -> None:
        if message.type == "error":
            complaints.append(f"console: {message.text}")

    def note_request(request: "Request") -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob", "about") and address.netloc != urlsplit(server.url).netloc:
            complaints.append(f"request to another host: {request.url}")

    context = chromium.new_context(
        base_url=server.url, viewport={"width": 1400, "height": 1000}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.on("console", note_console)
    page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
    page.on("request", note_request)
    yield page
    context.close()
    assert not complaints, "\n".join(complaints)
