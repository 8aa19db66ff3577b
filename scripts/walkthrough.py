"""The pictures of docs/thresholds.md: real card payments and a simulated quarter, from training to a policy in force.

The commands are those that the page tells; data are read from the folder of real data (RISKCORE_REAL_DATA).
"""

import os
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from PIL import Image  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402

from riskcore.core.settings import Settings, read_settings  # noqa: E402
from riskcore.services.files.filters import conditions  # noqa: E402
from riskcore.services.files.labelled import read_labelled  # noqa: E402
from riskcore.services.files.mapping import suggest  # noqa: E402
from riskcore.services.workspace import Workspace, open_workspace  # noqa: E402
from riskcore.stores.policies import Applied, to_yaml  # noqa: E402
from riskcore.stores.tables import open_table  # noqa: E402
from scripts.screenshots import settle  # noqa: E402
from tests.serving import CHROMIUM_FLAGS, find_chromium, running_app  # noqa: E402

SHOTS = PROJECT / "docs" / "thresholds"
WIDTH, HEIGHT = 1280, 900
COLORS = 256  # of a picture; lines and letters need no more
CARDS, DAYS = "card_fraud", "fdh_payments"
SLICES = {  # data set -> scenario, file, conditions
    "cards decide": (CARDS, "card_train", ("Time>=67232", "Time<83209")),
    "cards judge": (CARDS, "card_train", ("Time>=83209",)),
    "days decide": (DAYS, "payment_fdh_sim", ("tx_time_s>=7344000", "tx_time_s<8640000")),
    "days judge": (DAYS, "payment_fdh_sim", ("tx_time_s>=8640000",)),
}
CHOSEN = {1: 0.086, 2: 0.296}  # edges of the card policy: the lower end of the optimum's interval, and the optimum


def main() -> None:
    """Train on the first part of each file, keep the later parts as data sets, then take the pictures."""
    path, real = find_chromium(), read_settings().real_data
    if path is None or not (real / "card_train.parquet").is_file():
        sys.exit(f"Chromium and {real}/card_train.parquet are needed.")
    SHOTS.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        place = Path(folder)
        house = prepare(place, real)
        with running_app(place) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
            viewport = {"width": WIDTH, "height": HEIGHT}
            context = browser.new_context(base_url=server.url, viewport=viewport, reduced_motion="reduce")
            pictures(context.new_page(), house, place)
            browser.close()


def prepare(place: Path, real: Path) -> Workspace:
    """A model of each file, and the data sets that thresholds are decided and judged on."""
    card, days = real / "card_train.parquet", real / "payment_fdh_sim.parquet"
    riskcore(place, "train", CARDS, "--data", str(card), "--where", "Time<67232", "--model", "boosted")
    asked = ("--label", "label", "--time", "tx_time_s", "--amount", "amount", "--entity", "customer_id")
    asked += ("--entity", "terminal_id", "--lookback", "14d")
    told = ("--ignore", "transaction_id,fraud_scenario", "--title", "Payments of a quarter")
    riskcore(place, "new", DAYS, "--from", str(days), *asked, *told)
    riskcore(place, "train", DAYS, "--data", str(days), "--where", "tx_time_s<7344000")
    house = open_workspace(Settings(data=place / "data", models=place / "models"))
    for name, (key, file, where) in SLICES.items():
        scenario, source = house.scenario(key), open_table(str(real / f"{file}.parquet"))
        mapping = suggest(source.columns, scenario.event, scenario.target, guess=False)
        read = read_labelled(scenario, source, mapping, conditions(where, source.columns))
        house.datasets.save(replace(read.dataset, name=name))
    return house


def riskcore(place: Path, *words: str) -> None:
    """One command of the walk-through."""
    settings = os.environ | {"RISKCORE_DATA": str(place / "data"), "RISKCORE_MODELS": str(place / "models")}
    subprocess.run([sys.executable, "-m", "riskcore", *words], cwd=PROJECT, env=settings, check=True)


def pictures(page: Page, house: Workspace, place: Path) -> None:
    """From the first look to the judgement, in the order of the page."""
    scenario = house.scenario(CARDS)
    visit(page, "thresholds", CARDS, "cards decide", analysts="4")
    cockpit = page.locator(".cockpit")
    cockpit.get_by_role("button", name="Optimum").click()
    cockpit.get_by_text("Money", exact=True).click()
    take(page, "cockpit")
    policy = house.applied(scenario).policy.with_edges(CHOSEN)
    visit(page, "policy", CARDS, "cards decide", lab="YAML")
    draft = {"name": "cards.yaml", "mimeType": "application/yaml", "buffer": to_yaml(Applied(policy, None)).encode()}
    page.locator("input[type=file]").set_input_files(draft)
    page.wait_for_timeout(1_500)
    page.get_by_role("button", name="Open it").click()
    settle(page)
    page.get_by_role("tab", name="Replay").click()
    settle(page)
    take(page, "replay")
    page.get_by_role("button", name="Apply", exact=True).click()
    page.get_by_label("Author").fill("Fraud lead")
    page.get_by_label("Note").fill("from a fifth of the real payments")
    page.wait_for_timeout(800)
    take(page, "apply", whole=False)
    page.get_by_role("button", name="Put it in force").click()
    settle(page)
    visit(page, "thresholds", CARDS, "cards judge", analysts="4", tab="Guarantee", promise="75")
    take(page, "judged")
    visit(page, "thresholds", CARDS, "cards judge", tab="What production sees")
    take(page, "production", page.get_by_role("tabpanel").locator("visible=true").first)
    visit(page, "thresholds", DAYS, "days judge", analysts="1", hours="3", tab="Capacity", t="0.118")
    page.get_by_role("button", name="Find the best two").click()
    settle(page)
    page.get_by_text("losses and work cost").last.wait_for()
    take(page, "days")


def visit(page: Page, name: str, key: str, dataset: str, **rest: str) -> None:
    """A page by its link; the thresholds that a link names are taken once, so the page is opened afresh."""
    page.goto("about:blank")
    page.goto(f"/{name}?{urlencode({'scenario': key, 'dataset': dataset} | rest)}")
    settle(page)


def take(page: Page, name: str, part: object = None, whole: bool = True) -> None:
    """A picture of the page's whole height, or of the window, in few colours."""
    if whole:
        height = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({"width": WIDTH, "height": max(HEIGHT, int(height) + 20)})
        page.wait_for_timeout(900)
    taken = page.screenshot() if part is None else part.screenshot()  # type: ignore[attr-defined]
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    target = SHOTS / f"{name}.png"
    Image.open(BytesIO(taken)).convert("RGB").quantize(COLORS).save(target, optimize=True)
    print(target.relative_to(PROJECT), f"{target.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
