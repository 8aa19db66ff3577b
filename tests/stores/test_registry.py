"""Models on disk: verified, atomic, promoted one at a time."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from riskcore.core.errors import ConflictError, ModelIntegrityError, UnknownKeyError
from riskcore.core.settings import Settings
from riskcore.scenarios import session_risk
from riskcore.services import scoring
from riskcore.services.training import Training
from riskcore.services.workspace import Workspace, open_workspace
from riskcore.stores.registry import CARD, Registry

SCENARIO = replace(session_risk.SCENARIO, training_rows=2_000)
NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def training() -> Training:
    return open_workspace(Settings()).train_default(SCENARIO, now=NOW)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models")


def test_a_stored_model_scores_as_before(registry: Registry, training: Training) -> None:
    stored = registry.save(training.trained, training.probe)
    registry.promote(SCENARIO.key, stored.version)
    loaded = registry.load(SCENARIO)
    events = SCENARIO.synthesize(100, 5).events
    assert np.array_equal(scoring.score(loaded, events).risk, scoring.score(training.trained, events).risk)
    assert loaded.card == stored.card


def test_without_a_champion_nothing_is_loaded(registry: Registry) -> None:
    with pytest.raises(UnknownKeyError):
        registry.load(SCENARIO)


def test_an_unknown_version_says_which_was_meant(registry: Registry, training: Training) -> None:
    version = registry.save(training.trained, training.probe).version
    with pytest.raises(UnknownKeyError, match=f"Did you mean '{version}'"):
        registry.load(SCENARIO, version[:-1])


def test_the_later_of_two_promotions_is_told(registry: Registry, training: Training) -> None:
    first = registry.save(training.trained, training.probe).version
    second = replace(training.trained, card=replace(training.trained.card, version="boosted-other"))
    registry.save(second, training.probe)
    registry.promote(SCENARIO.key, first, expected="")
    with pytest.raises(ConflictError, match=first):
        registry.promote(SCENARIO.key, "boosted-other", expected="")
    assert registry.champion(SCENARIO.key) == first


def test_a_version_is_never_overwritten(registry: Registry, training: Training) -> None:
    registry.save(training.trained, training.probe)
    with pytest.raises(ConflictError, match="exists already"):
        registry.save(training.trained, training.probe)


def test_a_probe_that_scores_otherwise_is_refused(registry: Registry, training: Training) -> None:
    shifted = training.probe + np.float32(1)
    stored = registry.save(training.trained, training.probe)
    place = registry.folder / SCENARIO.key / stored.version
    other = Registry(registry.folder / "other").save(training.trained, shifted)
    content = (registry.folder / "other" / SCENARIO.key / other.version / "probe.npz").read_bytes()
    risks = dict(np.load(place / "probe.npz"))
    features = dict(np.load(registry.folder / "other" / SCENARIO.key / other.version / "probe.npz"))
    assert content
    np.savez(place / "probe.npz", **features | {"risk": risks["risk"]})
    card = json.loads((place / CARD).read_text())
    import hashlib

    card["files"]["probe.npz"] = hashlib.sha256((place / "probe.npz").read_bytes()).hexdigest()
    (place / CARD).write_text(json.dumps(card))
    with pytest.raises(ModelIntegrityError, match="scores its probe otherwise"):
        registry.load(SCENARIO, stored.version)


def test_a_missing_file_is_named(registry: Registry, training: Training) -> None:
    stored = registry.save(training.trained, training.probe)
    (registry.folder / SCENARIO.key / stored.version / "boosted.ubj").unlink()
    with pytest.raises(ModelIntegrityError, match=r"boosted\.ubj is missing"):
        registry.load(SCENARIO, stored.version)


def test_a_model_of_another_schema_is_refused(registry: Registry, training: Training) -> None:
    stored = registry.save(training.trained, training.probe)
    fields = tuple(replace(f, high=24) if f.name == "login_hour" else f for f in SCENARIO.event.fields)
    other = replace(SCENARIO, event=replace(SCENARIO.event, fields=fields))
    with pytest.raises(ModelIntegrityError, match="other fields"):
        registry.load(other, stored.version)


def test_a_file_outside_the_folder_cannot_be_named(registry: Registry, training: Training) -> None:
    registry.save(training.trained, training.probe)
    with pytest.raises(UnknownKeyError):
        registry.load(SCENARIO, "../../etc")


KILLED = """
import sys
from pathlib import Path
from riskcore.core.settings import Settings
from riskcore.scenarios import session_risk
from riskcore.services.workspace import open_workspace
home = open_workspace(Settings(models=Path(sys.argv[1])))
def tell(done, doing):
    print(doing, flush=True)
training = home.train_default(session_risk.SCENARIO, tell)
while True:
    home.keep(training, promote=True, expected=None)
    home.registry.champion("session_risk")
    training = home.train_default(session_risk.SCENARIO, tell)
"""


def test_a_kill_during_training_leaves_the_old_model_in_service(tmp_path: Path, training: Training) -> None:
    home: Workspace = open_workspace(Settings(models=tmp_path))
    kept = home.keep(training, promote=True, expected=None)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout is not None
    for _ in range(10):
        process.stdout.readline()
    time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert home.registry.champion(SCENARIO.key) == kept.version
    assert home.registry.load(SCENARIO).version == kept.version
    assert home.registry.versions(SCENARIO.key) == [kept.version]
