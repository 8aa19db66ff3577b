"""A PNG of every page, light and dark, into docs/screenshots/: `make screenshots`; --all: for every scenario."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from riskcore.core.settings import Settings  # noqa: E402
from riskcore.services.workspace import Workspace, open_workspace  # noqa: E402
from tests.serving import CHROMIUM_FLAGS, Server, find_chromium, running_app  # noqa: E402

# Each page with a scenario that has much to show there.
SHOWN = (
    ("data_lab", "payment_fraud"),
    ("train", "payment_fraud"),
    ("thresholds", "session_risk"),
    ("policy", "card_fraud"),
    ("score_one", "session_risk"),
    ("score_one", "identity_risk"),
    ("bulk_score", "card_fraud"),
    ("explain", "session_risk"),
)
SHOTS = PROJECT / "docs" / "screenshots"
WIDTH, HEIGHT = 1440, 900
MOST_HEIGHT = 4_000  # of a page, in pixels
QUIET_MS = 1_200  # without a running script before the picture is taken
LONG_MS = 90_000


def main() -> None:
    """Train every default model, visit each page in both schemes."""
    path = find_chromium()
    if path is None:
        sys.exit("No Chromium on this machine; install the package chromium.")
    SHOTS.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        place = Path(folder)
        workspace = open_workspace(Settings(data=place / "data", models=place / "models"))
        for scenario in workspace.scenarios.values():
            workspace.trained(scenario)
        with running_app(place) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
            for scheme in ("light", "dark"):
                take_all(browser, server, workspace, scheme)
            browser.close()


def take_all(browser: Browser, server: Server, workspace: Workspace, scheme: str) -> None:
    """Every page in one colour scheme."""
    context = browser.new_context(
        base_url=server.url,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": WIDTH, "height": HEIGHT},
        reduced_motion="reduce",
    )
    page = context.new_page()
    take(page, "/", SHOTS / f"home-{scheme}.png")
    pages = dict.fromkeys(name for name, _ in SHOWN)
    every = [(name, key) for key in workspace.scenarios for name in pages]
    for name, key in every if "--all" in sys.argv else SHOWN:
        # The last but one preset is an attack that is stopped: there is more to see than where nothing happens.
        start = {"preset": list(workspace.scenario(key).presets)[-2]} if name == "score_one" else {}
        page.goto(f"/{name}?{urlencode({'scenario': key} | start)}")
        settle(page)
        act(page, name)
        take(page, None, SHOTS / f"{name}-{key}-{scheme}.png")
    context.close()


def act(page: Page, name: str) -> None:
    """What a visitor does before there is anything to see."""
    button = {"train": "Train", "bulk_score": "Try with the sample"}.get(name)
    if button and page.get_by_role("button", name=button, exact=True).count():
        page.get_by_role("button", name=button, exact=True).click()
        settle(page)
    if name == "bulk_score" and page.get_by_role("button", name="Score", exact=True).count():
        page.get_by_role("button", name="Score", exact=True).click()
        settle(page)


def take(page: Page, address: str | None, target: Path) -> None:
    """The whole page, however long it is."""
    if address is not None:
        page.goto(address)
        settle(page)
    height = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": WIDTH, "height": max(HEIGHT, min(int(height) + 40, MOST_HEIGHT))})
    settle(page)
    page.screenshot(path=target)
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    print(target.relative_to(PROJECT))


def settle(page: Page) -> None:
    """Wait until the script has ended and charts have had time to draw."""
    page.get_by_role("heading", level=1).first.wait_for(timeout=LONG_MS)
    page.wait_for_timeout(QUIET_MS)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=LONG_MS)
    page.wait_for_timeout(QUIET_MS)


if __name__ == "__main__":
    main()
