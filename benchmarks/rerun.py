"""What the running app costs: server CPU of a change on the Score page, many sessions at once, first pages.

Raw websocket clients speak Streamlit's own protocol, so the same reruns happen as with browsers, without their cost.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode, urlsplit

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.measuring import RUNS, Row, at_least, at_most, print_rows
from riskcore.core.settings import read_settings
from riskcore.services.workspace import Workspace, open_workspace
from tests.serving import running_app

RERUNS = 100  # of one session, for its CPU; the median of several runs counts
SESSIONS = 50
TOGETHER_SECONDS = 5
WARM = 50  # reruns before the clock starts
CPU_MS = {"session_risk": 9.0, "card_fraud": 20.0}
STUCK_SECONDS = 120


@dataclass
class Session:
    """One open tab: what it has on screen and the state of its widgets."""

    socket: ClientConnection
    query: str = ""
    page_hash: str = ""
    pages: dict[str, str] = field(default_factory=dict)  # address -> hash
    desk: str = ""  # the component's id on the Score page
    fragment: str = ""  # the one it is in
    answer: dict[str, Any] = field(default_factory=dict)  # what it shows
    failed: str = ""

    async def open(self, page: str, query: str = "") -> None:
        """Run the script for a page, as a browser does that was given its address."""
        self.query = query
        message = self._message()
        message.rerun_script.page_name = page
        await self._run(message)

    async def change(self, name: str, value: float) -> None:
        """Set a field of the desk and wait for the answer, as its script in a browser does."""
        asked = {key: self.answer[key] for key in ("event", "preset", "row")}
        asked["event"] = asked["event"] | {name: value}
        asked |= {"number": self.answer["number"] + 1, "draw": None, "milder": False, "copied": None}
        message = self._message()
        message.rerun_script.page_script_hash = self.page_hash
        message.rerun_script.fragment_id = self.fragment
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.json_value = self.desk, json.dumps({"asked": asked})
        await self._run(message)
        if self.answer["event"][name] != value or self.answer["result"] is None:
            raise RuntimeError(f"The app did not score the changed {name}.")

    def _message(self) -> BackMsg:
        message = BackMsg()
        message.rerun_script.query_string = self.query
        return message

    async def _run(self, message: BackMsg) -> None:
        await self.socket.send(message.SerializeToString())
        async with asyncio.timeout(STUCK_SECONDS):
            while True:
                said = ForwardMsg()
                said.ParseFromString(await self.socket.recv(decode=False))
                kind = said.WhichOneof("type")
                if kind == "script_finished" and said.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    break
                self._note(said, kind)
        if self.failed:
            raise RuntimeError(f"The app showed an error: {self.failed}")

    def _note(self, said: ForwardMsg, kind: str | None) -> None:
        if kind == "new_session":
            self.page_hash = said.new_session.page_script_hash
        elif kind == "page_info_changed":
            self.query = said.page_info_changed.query_string
        elif kind == "delta":
            element = said.delta.new_element
            if element.WhichOneof("type") == "bidi_component":
                self.desk, self.fragment = element.bidi_component.id, said.delta.fragment_id
                self.answer = json.loads(element.bidi_component.bytes)["answer"]
            elif element.WhichOneof("type") == "exception":
                self.failed = element.exception.message


@dataclass(frozen=True)
class Server:
    """The app, running, and how to ask what it has used."""

    address: str
    process: psutil.Process

    def cpu(self) -> float:
        """Seconds of CPU of the server and its children so far."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(times.user + times.system for times in (member.cpu_times() for member in family))

    async def settle(self) -> None:
        """Return when the server has nothing left to do: at its start it still imports libraries in the background."""
        used = -1.0
        while self.cpu() - used > 0.02:
            used = self.cpu()
            await asyncio.sleep(0.5)

    async def session(self, stack: AsyncExitStack) -> Session:
        # Without pings, or a busy machine ends sessions that only wait.
        stream = f"ws://{self.address}/_stcore/stream"
        socket = await stack.enter_async_context(
            connect(stream, subprotocols=[Subprotocol("streamlit")], ping_interval=None, max_size=None)
        )
        return Session(socket)


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """The app as `make run` starts it, with its data and models in a folder."""
    with running_app(folder) as running:
        yield Server(urlsplit(running.url).netloc, psutil.Process(running.pid))


def rows() -> list[Row]:
    """All measurements of the running app."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        settings = read_settings().model_copy(update={"data": folder / "data", "models": folder / "models"})
        house = open_workspace(settings)
        with served(folder) as server:
            found = asyncio.run(_fresh(server, house))
        for scenario in house.scenarios.values():
            house.trained(scenario)
        with served(folder) as server:
            found += asyncio.run(_trained(server, house))
    return found


async def _fresh(server: Server, house: Workspace) -> list[Row]:
    """With nothing trained: the first visit to each scenario's Score page."""
    found = []
    async with AsyncExitStack() as stack:
        await (await server.session(stack)).open("")  # the server has imported everything after this
        for key in CPU_MS:
            session = await server.session(stack)
            began = time.perf_counter()
            await session.open("score_one", _asking_for(house, key))
            taken = time.perf_counter() - began
            found.append(at_most(f"{key}: opened for the first time, trained", taken, 15.0, "s"))
    return found


async def _trained(server: Server, house: Workspace) -> list[Row]:
    async with AsyncExitStack() as stack:
        await (await server.session(stack)).open("")
        session = await server.session(stack)
        began = time.perf_counter()
        await session.open("")
        found = [at_most("first page of a new session, warm server", time.perf_counter() - began, 3.0, "s")]
        for key in CPU_MS:
            found.append(await _one(server, stack, house, key))
        found.append(await _together(server, stack, house, "session_risk"))
    return found


async def _one(server: Server, stack: AsyncExitStack, house: Workspace, key: str) -> Row:
    """CPU of one change on the Score page."""
    session = await server.session(stack)
    await session.open("score_one", _asking_for(house, key))
    await _change(session, WARM)
    await server.settle()
    found = []
    for _ in range(RUNS):
        before = server.cpu()
        await _change(session, RERUNS)
        found.append((server.cpu() - before) / RERUNS * 1e3)
    each = median(found)
    return at_most(f"{key}: CPU of a rerun of Score one", each, CPU_MS[key], "ms")


async def _together(server: Server, stack: AsyncExitStack, house: Workspace, key: str) -> Row:
    """Reruns a second of many sessions that each change a number as soon as the last change is shown."""
    sessions = [await server.session(stack) for _ in range(SESSIONS)]
    for session in sessions:
        await session.open("score_one", _asking_for(house, key))
    await asyncio.gather(*(_change(session, 1) for session in sessions))
    deadline = time.perf_counter() + TOGETHER_SECONDS

    async def busy(session: Session) -> int:
        done = 0
        while time.perf_counter() < deadline:
            await _change(session, 1, done)
            done += 1
        return done

    began = time.perf_counter()
    done = sum(await asyncio.gather(*(busy(session) for session in sessions)))
    rate = done / (time.perf_counter() - began)
    return at_least(f"{key}: {SESSIONS} sessions together, reruns a second", rate, 100.0, "1/s")


def _asking_for(house: Workspace, key: str) -> str:
    """The query of an address that chooses a scenario."""
    return urlencode({"scenario": house.scenario(key).title})


async def _change(session: Session, times: int, start: int = 0) -> None:
    """Change the form's first number there and back."""
    name, value = next(iter(session.answer["start"].items()))
    for i in range(start, start + times):
        await session.change(name, value + 1 + i % 2)


def main() -> None:
    """Print the measurements of the running app."""
    print_rows(rows())


if __name__ == "__main__":
    main()
