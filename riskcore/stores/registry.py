"""Versions of trained models on disk: hashed, re-scored on load, written whole or not at all."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from riskcore.core.errors import ConflictError, ModelIntegrityError, UnknownKeyError
from riskcore.core.scenario import Scenario
from riskcore.core.trained import ModelCard, Trained
from riskcore.stores.probes import FILE as PROBE
from riskcore.stores.probes import pack_probe, unpack_probe
from riskcore.stores.writing import locked, replace_file, write_folder

CARD, CURRENT = "card.json", "CURRENT"
PROBE_TOLERANCE = 1e-6  # what float32 sums may differ by from one machine to another


class Registry:
    """Models under `folder/<scenario>/<version>/`; `CURRENT` names the champion and the hash of its card."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, trained: Trained, probe: pd.DataFrame) -> Trained:
        """Store a version with features to re-score on load; the returned one carries its file hashes.

        Nothing of it can be seen before all of it is written.
        """
        files = trained.model.dump()
        files[PROBE] = pack_probe(probe, trained.model.predict(probe).risk)
        card = replace(trained.card, files={name: _sha256(content) for name, content in sorted(files.items())})
        files[CARD] = json.dumps(card.to_mapping(), indent=1).encode()
        write_folder(self._place(card.scenario, card.version), files)
        return replace(trained, card=card)

    def promote(self, scenario: str, version: str, expected: str | None = None) -> None:
        """Make a version the champion.

        `expected` is the champion the caller saw ("" for none); another one in force raises `ConflictError`.
        """
        card = self._read(scenario, version, CARD)
        with locked(self.folder / scenario):
            now = self.champion(scenario) or ""
            if expected is not None and now != expected:
                raise ConflictError(
                    f"{now or 'No model'} is the champion of {scenario} by now; you saw {expected or 'none'}. "
                    "Look at it, then promote again if you still want to."
                )
            replace_file(self.folder / scenario / CURRENT, f"{version} {_sha256(card)}\n".encode())

    def champion(self, scenario: str) -> str | None:
        """The version in service, or None."""
        try:
            return (self.folder / scenario / CURRENT).read_text().split()[0]
        except (FileNotFoundError, IndexError):
            return None

    def cards(self, scenario: str) -> list[ModelCard]:
        """Cards of all versions, newest first; they are read, not verified."""
        found = [_parsed(path, path.read_bytes()) for path in self._card_paths(scenario)]
        return sorted(found, key=lambda card: (card.created, card.version), reverse=True)

    def load(self, scenario: Scenario, version: str | None = None) -> Trained:
        """A verified model, the champion unless a version is named.

        Every file matches its hash, arrays are sound, and the probe scores as it did when written; otherwise a
        `ModelIntegrityError` names the file, and nothing is scored.
        """
        wanted = version or self.champion(scenario.key)
        if wanted is None:
            raise UnknownKeyError("trained model of", scenario.key, ())
        if wanted not in self.versions(scenario.key):
            raise UnknownKeyError("version", wanted, self.versions(scenario.key))
        card = self._card(scenario.key, wanted)
        if card.schema != scenario.event.fingerprint():
            raise ModelIntegrityError(
                f"{scenario.key} {wanted} was trained on other fields than the scenario has now. Train it again."
            )
        files = {name: self._verified(scenario.key, wanted, name, sha) for name, sha in card.files.items()}
        model = scenario.make_model(card.model, card.seed, card.settings).restore(files)
        trained = Trained(scenario, model, card)
        self._rescore(trained, files)
        return trained

    def versions(self, scenario: str) -> list[str]:
        """Names of all complete versions."""
        return sorted(path.parent.name for path in self._card_paths(scenario))

    def _card_paths(self, scenario: str) -> list[Path]:
        """Cards of complete versions; a hidden folder is a draft that a killed process left."""
        return [p for p in (self.folder / scenario).glob(f"*/{CARD}") if not p.parent.name.startswith(".")]

    def _card(self, scenario: str, version: str) -> ModelCard:
        content = self._read(scenario, version, CARD)
        named = self._current(scenario)
        if named.get("version") == version and named["sha256"] != _sha256(content):
            raise ModelIntegrityError(_changed(self._place(scenario, version) / CARD, named["sha256"], content))
        return _parsed(self._place(scenario, version) / CARD, content)

    def _current(self, scenario: str) -> Mapping[str, str]:
        try:
            words = (self.folder / scenario / CURRENT).read_text().split()
        except FileNotFoundError:
            return {}
        if len(words) != 2:
            raise ModelIntegrityError(f"{self.folder / scenario / CURRENT} must hold a version and a hash.")
        return {"version": words[0], "sha256": words[1]}

    def _verified(self, scenario: str, version: str, name: str, sha256: str) -> bytes:
        content = self._read(scenario, version, name)
        if _sha256(content) != sha256:
            raise ModelIntegrityError(_changed(self._place(scenario, version) / name, sha256, content))
        return content

    def _read(self, scenario: str, version: str, name: str) -> bytes:
        path = self._place(scenario, version) / Path(name).name
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise ModelIntegrityError(f"{path} is missing. Train the model again, or restore the file.") from None

    def _rescore(self, trained: Trained, files: Mapping[str, bytes]) -> None:
        X, risk = unpack_probe(files[PROBE])
        event = trained.scenario.event
        made = trained.scenario.features(event.accept(pd.DataFrame(columns=[f.name for f in event.fields])))
        other = ModelIntegrityError(
            f"{trained.scenario.key} {trained.version} was trained on other features than the scenario makes now. "
            "Train it again."
        )
        if set(made.columns) != set(X.columns):
            raise other
        try:
            worst = float(np.abs(trained.model.predict(X).risk - risk).max(initial=0.0))
        except KeyError:  # a column that a transformer made when it was trained
            raise other from None
        if worst > PROBE_TOLERANCE:
            raise ModelIntegrityError(
                f"{trained.scenario.key} {trained.version} scores its probe otherwise than when it was written: "
                f"off by {worst:.2g}, allowed {PROBE_TOLERANCE:g}. A library may have changed; train it again."
            )

    def _place(self, scenario: str, version: str) -> Path:
        return self.folder / scenario / Path(version).name


def _parsed(path: Path, content: bytes) -> ModelCard:
    try:
        said = json.loads(content)
    except ValueError as error:
        raise ModelIntegrityError(f"{path} is not JSON ({error}). Restore the file or remove its folder.") from None
    if not isinstance(said, dict):
        raise ModelIntegrityError(f"{path} must hold a mapping. Restore the file or remove its folder.")
    return ModelCard.from_mapping(said)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _changed(path: Path, expected: str, content: bytes) -> str:
    return (
        f"{path} was changed after it was written: expected sha256 {expected[:16]}…, found {_sha256(content)[:16]}…. "
        "Nothing was scored; restore the file or train the model again."
    )
