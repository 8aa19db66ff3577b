"""The app as a process of its own, as `make run` starts it: for browser tests, benchmarks and screenshots."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from riskcore.core.settings import PROJECT

START_SECONDS = 60  # a busy machine may take ten; a broken server is found earlier, by its exit code
CHROMIUM_FLAGS = (
    "--no-sandbox",  # root in a container has no sandbox
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing leaves this machine
)


@dataclass(frozen=True)
class Server:
    """A running app with folders of its own."""

    url: str
    log: Path
    data: Path
    models: Path
    pid: int


@contextmanager
def running_app(folder: Path, **environment: str) -> Iterator[Server]:
    """The app on a free port, with `data` and `models` under a folder; ended by its own process id."""
    data, models, log = folder / "data", folder / "models", folder / "log.txt"
    for place in (data, models):
        place.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "asgi.py", "--server.headless", "true"]
    command += ["--server.port", str(port)]
    settings = os.environ | {"RISKCORE_DATA": str(data), "RISKCORE_MODELS": str(models)} | environment
    # A file takes the output: a server whose pipe nobody reads can hang when it is told to stop.
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=PROJECT, env=settings, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ) as process,
    ):
        running = Server(f"http://127.0.0.1:{port}", log, data, models, process.pid)
        try:
            _wait_until_healthy(running, process)
            yield running
        finally:
            _stop(process)


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def find_chromium() -> str | None:
    """This machine's own Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


def _wait_until_healthy(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"{server.url}/_stcore/health", timeout=5):
                return
        except (URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start:\n{server.log.read_text(encoding='utf-8', errors='replace')}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End this one process: asked first, then made to."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
