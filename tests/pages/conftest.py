"""The app in memory, as a visitor meets it: on an empty installation, or on one where every scenario has a model."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from riskcore.core.settings import PROJECT, Settings
from riskcore.scenarios import coded
from riskcore.services.workspace import Workspace, open_workspace

SECONDS = 60  # a page may train a model
SCENARIOS = sorted(coded())

OpenPage = Callable[..., AppTest]


@pytest.fixture(scope="session")
def trained_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `data/` and `models/`, every default model trained.  Copied, never written to."""
    home = tmp_path_factory.mktemp("trained")
    house = open_workspace(Settings(data=home / "data", models=home / "models"))
    (home / "data").mkdir()
    for scenario in house.scenarios.values():
        house.trained(scenario)
    return home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An installation of one test, empty."""
    for name in ("data", "models"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def open_empty(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenPage]:
    """Opens a page where nothing was ever trained or saved."""
    yield from _opener(home, monkeypatch)


@pytest.fixture
def app(home: Path, trained_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenPage]:
    """Opens a page where every scenario has a model: `app("score_one", scenario="card_fraud", preset="Lookalike")`.

    Further arguments are widget keys and their first values.
    """
    shutil.copytree(trained_home, home, dirs_exist_ok=True)
    yield from _opener(home, monkeypatch)


@pytest.fixture
def house(home: Path) -> Workspace:
    """The workspace that the pages of this test see."""
    return open_workspace(Settings(data=home / "data", models=home / "models"))


def _opener(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenPage]:
    monkeypatch.setenv("RISKCORE_DATA", str(home / "data"))
    monkeypatch.setenv("RISKCORE_MODELS", str(home / "models"))
    st.cache_resource.clear()
    st.cache_data.clear()
    _enter_by_app(monkeypatch)

    def open_page(name: str, scenario: str | None = None, **values: object) -> AppTest:
        test = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=SECONDS)
        for key, value in (values | ({"scenario": scenario} if scenario else {})).items():
            test.session_state[key] = value
        test.run()
        return test if name == "home" else test.switch_page(f"pages/{name}.py").run()

    yield open_page
    st.cache_resource.clear()


def _enter_by_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run app.py around every page, as the server does; AppTest takes a folder named pages for an older kind of app."""
    as_made = PagesManager.__init__

    def made(self: PagesManager, *args: Any, **rest: Any) -> None:
        as_made(self, *args, **rest)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", made)


def texts(test: AppTest) -> str:
    """All that a page says in words, for `in`."""
    said: list[str] = []
    for group in (
        test.title,
        test.header,
        test.subheader,
        test.markdown,
        test.text,
        test.caption,
        test.error,
        test.info,
    ):
        said += [str(element.value) for element in group]
    return "\n".join([*said, *(str(e.value) for e in (*test.warning, *test.success))])
