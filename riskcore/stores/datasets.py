"""Generated and uploaded data sets in the data folder: events, labels apart from them, and where they came from."""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd

from riskcore.core.errors import ConflictError, DataError, UnknownKeyError
from riskcore.core.labels import Labels
from riskcore.stores.writing import write_folder

EVENTS, LABELS, RECIPE = "events.parquet", "labels.parquet", "recipe.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}")


@dataclass(frozen=True)
class Dataset:
    """Validated events of one scenario, their labels where known, and the recipe or file they came from."""

    name: str
    scenario: str
    events: pd.DataFrame
    labels: Labels | None
    origin: Mapping[str, Any]  # {"recipe": knobs, "rows", "seed"}, {"file": name} or {"recorded": n}; and "fingerprint"
    before: pd.DataFrame | None = None  # earlier events that count for these, where these are not the whole past

    @property
    def pool(self) -> pd.DataFrame:
        """All events that may count for one of these, themselves among them."""
        if self.before is None or self.before.empty:
            return self.events
        return pd.concat([self.before, self.events], ignore_index=True)

    @property
    def synthetic(self) -> bool:
        return "recipe" in self.origin

    @property
    def recorded(self) -> bool:
        return "recorded" in self.origin

    @property
    def kind(self) -> str:
        """Where its events come from, in a word."""
        return "synthetic" if self.synthetic else "recorded" if self.recorded else "uploaded"


def fingerprint(events: pd.DataFrame, labels: Labels | None = None) -> str:
    """Short hash of the content of events and their labels."""
    parts = [events.to_dict("series"), None if labels is None else labels.label]
    return str(joblib.hash(parts))[:12]


class Datasets:
    """Data sets by name under one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self, scenario: str) -> list[str]:
        """Names of the saved sets of a scenario."""
        found = []
        for path in self._recipes():
            if json.loads(path.read_bytes()).get("scenario") == scenario:
                found.append(path.parent.name)
        return found

    def _recipes(self) -> list[Path]:
        """Recipes of complete sets; a hidden folder is a draft that a killed process left."""
        return sorted(p for p in self.folder.glob(f"*/{RECIPE}") if not p.parent.name.startswith("."))

    def save(self, dataset: Dataset) -> None:
        """Store a set under its name; an existing name is refused."""
        self.refuse(dataset.name)
        origin = {"scenario": dataset.scenario, "origin": dict(dataset.origin)}
        files = {EVENTS: _parquet(dataset.events), RECIPE: json.dumps(origin, indent=1, default=str).encode()}
        if dataset.labels is not None:
            files[LABELS] = _parquet(label_frame(dataset.labels))
        write_folder(self.folder / dataset.name, files)

    def refuse(self, name: str) -> None:
        """Raise what `save` would for a name that cannot be given, before the work of making a set."""
        if not NAME.fullmatch(name):
            raise DataError(
                f"'{name}' cannot be the name of a data set. Use letters, digits, spaces, points, dashes or "
                "underscores, at most 80, beginning with a letter or digit."
            )
        if (self.folder / name).exists():
            raise ConflictError(f"There is a data set '{name}' already. Choose another name.")

    def load(self, name: str) -> Dataset:
        """A saved set."""
        place = self.folder / Path(name).name
        if not (place / RECIPE).exists():
            raise UnknownKeyError("data set", name, [path.parent.name for path in self._recipes()])
        said = json.loads((place / RECIPE).read_bytes())
        labels = labels_from(pd.read_parquet(place / LABELS)) if (place / LABELS).exists() else None
        return Dataset(name, said["scenario"], pd.read_parquet(place / EVENTS), labels, said["origin"])

    def saved_at(self, name: str) -> datetime:
        """When a set was saved, UTC."""
        return datetime.fromtimestamp((self.folder / Path(name).name / RECIPE).stat().st_mtime, UTC)

    def remove(self, name: str) -> None:
        """Delete a saved set."""
        shutil.rmtree(self.folder / Path(name).name)


def label_frame(labels: Labels, classes: tuple[str, ...] = ()) -> pd.DataFrame:
    """Labels as columns `label`, `attack`, `attack_id`, `stealth` where there are kinds, and `p_true…` where defined.

    Two classes give one column `p_true`, more give `p_true_<class>` (or its number without class names).
    """
    columns: dict[str, Any] = {"label": labels.label}
    if labels.attack is not None:
        columns["attack"] = labels.attack.astype(str)
    if labels.attack_id is not None:
        columns["attack_id"] = labels.attack_id.astype(str)
    if labels.stealth is not None:
        columns["stealth"] = labels.stealth
    if labels.p_true is not None:
        m = labels.p_true.shape[1]
        if m == 2:
            columns["p_true"] = labels.p_true[:, 1]
        else:
            names = classes or tuple(str(c) for c in range(m))
            columns |= {f"p_true_{names[c]}": labels.p_true[:, c] for c in range(m)}
    return pd.DataFrame(columns)


def labels_from(frame: pd.DataFrame) -> Labels:
    """The inverse of `label_frame`."""
    p_true = None
    if "p_true" in frame:
        risk = frame["p_true"].to_numpy()
        p_true = np.column_stack([1 - risk, risk])
    elif several := [c for c in frame.columns if c.startswith("p_true_")]:
        p_true = frame[several].to_numpy()
    kinds = {k: frame[k].to_numpy(dtype=object) for k in ("attack", "attack_id") if k in frame}
    stealth = frame["stealth"].to_numpy(dtype=np.float64) if "stealth" in frame else None
    return Labels(frame["label"].to_numpy(dtype=np.int64), p_true=p_true, stealth=stealth, **kinds)


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.to_parquet(buffer, compression="zstd", index=False)
    return buffer.getvalue()
