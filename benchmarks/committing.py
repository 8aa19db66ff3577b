"""What a commit costs on the Thresholds page of the running app: other thresholds in force, and everything redrawn."""

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.measuring import Row, at_most, print_rows
from benchmarks.rerun import Server, Session, served
from riskcore.core.scenario import Scenario
from riskcore.core.settings import read_settings
from riskcore.services.workspace import open_workspace

COMMITS, STEP = 8, 2  # how many, and how far each is from the one before
EVENTS = 100_000


@dataclass(frozen=True)
class Case:
    """What the page is asked for, and in words."""

    key: str
    told: str
    asked: Mapping[str, str] = field(default_factory=dict)
    pushing: bool = False  # harsher bands along, for which everything is swept again

    @property
    def dataset(self) -> str:
        return f"Many of {self.key}"


CASES = (
    Case("card_fraud", "money, capacity and a real rate", {"analysts": "2", "rate": "0.2"}),
    Case("card_fraud", "harsher bands pushed along", {"analysts": "2", "rate": "0.2"}, pushing=True),
    Case("session_risk", "two cut-offs"),
)


@dataclass
class Thresholds(Session):
    """A tab with the page open."""

    cockpit: str = ""  # the component's id
    data: dict[str, Any] = field(default_factory=dict)  # what it shows
    confirm: str = ""  # the id of the dialog's button
    dialog: str = ""  # the fragment that it is in

    async def commit(self, places: list[int]) -> float:
        """Choose thresholds by their places on the sliders; seconds from the confirmation until all is redrawn."""
        chosen = [axis["thresholds"][place] for axis, place in zip(self.data["axes"], places, strict=True)]
        choice = {"event": "use", "value": {"thresholds": chosen, "seen": self.data["seen"]}}
        asked = self._told(f"$$STREAMLIT_INTERNAL_KEY_{self.cockpit}__events", json_trigger_value=json.dumps([choice]))
        await self._run(asked)
        sure = self._told(self.confirm, trigger_value=True)
        sure.rerun_script.fragment_id = self.dialog
        before, began = self.data["seen"]["policy"], time.perf_counter()
        await self._run(sure)
        taken = time.perf_counter() - began
        shown = [axis["thresholds"][axis["applied"]] for axis in self.data["axes"]]
        if self.data["seen"]["policy"] == before or shown != chosen:
            raise RuntimeError("The page does not show the thresholds that were put in force.")
        return taken

    def beside(self) -> list[int]:
        """Places next to those in force."""
        here = [(int(axis["applied"]), len(axis["thresholds"])) for axis in self.data["axes"]]
        return [place + STEP if place + STEP < size else place - STEP for place, size in here]

    def high(self) -> list[int]:
        """Places from where many commits still fit above."""
        return [len(axis["thresholds"]) - 2 * STEP * COMMITS for axis in self.data["axes"]]

    def _told(self, widget: str, **value: Any) -> BackMsg:
        """What a browser sends when a widget is used: that, and the state of the component, which is empty."""
        message = self._message()
        message.rerun_script.page_script_hash = self.page_hash
        states = message.rerun_script.widget_states.widgets
        states.add(id=self.cockpit, json_value="{}")
        states.add(id=widget, **value)
        return message

    def _note(self, said: ForwardMsg, kind: str | None) -> None:
        element = said.delta.new_element
        drawn = element.WhichOneof("type") if kind == "delta" else None
        if drawn == "bidi_component":
            self.cockpit, self.data = element.bidi_component.id, json.loads(element.bidi_component.json)
        elif drawn == "button" and element.button.label == "Put them in force":
            self.confirm, self.dialog = element.button.id, said.delta.fragment_id
        else:
            super()._note(said, kind)
            if kind == "navigation":  # the page among those of the app, which a new session's message does not name
                self.page_hash = said.navigation.page_script_hash


def rows() -> list[Row]:
    """Milliseconds of a commit by scenario."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        settings = read_settings().model_copy(update={"data": folder / "data", "models": folder / "models"})
        house = open_workspace(settings)
        for scenario in (house.scenario(key) for key in dict.fromkeys(case.key for case in CASES)):
            house.trained(scenario)
            house.datasets.save(house.generate(scenario, EVENTS, seed=4, name=f"Many of {scenario.key}"))
        with served(folder) as server:
            return [asyncio.run(_committed(server, house.scenario(case.key), case)) for case in CASES]


async def _committed(server: Server, scenario: Scenario, case: Case) -> Row:
    """From the click until the last message, with data that are scored and swept already."""
    async with AsyncExitStack() as stack:
        page = Thresholds((await server.session(stack)).socket)
        query = {"scenario": scenario.title, "dataset": case.dataset, **case.asked}
        await page.open("thresholds", urlencode(query))
        await page.commit(page.high() if case.pushing else page.beside())
        await server.settle()
        taken = [await page.commit(page.beside()) for _ in range(COMMITS)]
    name = f"{case.key}: commit of a threshold on {EVENTS:,} events, {case.told}: all redrawn"
    return at_most(name, median(taken) * 1e3, 500.0, "ms")


def main() -> None:
    """Print the measurements of commits."""
    print_rows(rows())


if __name__ == "__main__":
    main()
