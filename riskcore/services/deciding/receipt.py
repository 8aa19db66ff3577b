"""A receipt: everything a result was made of, as plain data, and the command that makes it again."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from riskcore.core.costs import Costs, costs_from_mapping
from riskcore.core.errors import DataError
from riskcore.core.policy import Policy, policy_from_mapping
from riskcore.core.scenario import Scenario
from riskcore.core.trained import Trained
from riskcore.core.versions import libraries
from riskcore.services.deciding.answering import Question
from riskcore.stores.datasets import Dataset

KIND = "riskcore receipt"
TOLERANCE = 1e-12  # relative; the same versions and threads repeat to it
PARTS = ("scenario", "data", "model_version", "policy", "costs", "question", "numbers")


@dataclass(frozen=True)
class Receipt:
    """A result of `services.deciding` and all that it follows from."""

    scenario: str
    data: Mapping[str, Any]  # the data set's origin: a recipe or a file, and the fingerprint of its content
    model_version: str
    policy: Policy
    costs: Costs
    question: Question
    libraries: Mapping[str, str]
    numbers: Mapping[str, Any]

    def to_mapping(self) -> dict[str, Any]:
        """The receipt as plain data that `receipt_from_mapping` reads back, with the command that repeats it."""
        return {
            "kind": KIND,
            "command": self.command(),
            "scenario": self.scenario,
            "data": dict(self.data),
            "model_version": self.model_version,
            "policy_hash": self.policy.fingerprint(),
            "policy": self.policy.to_mapping(),
            "costs": self.costs.to_mapping(),
            "question": self.question.to_mapping(),
            "libraries": dict(self.libraries),
            "numbers": dict(self.numbers),
        }

    def command(self, path: str = "receipt.json") -> str:
        """The line that repeats it from the receipt at `path`; a file of events must lie where the line says."""
        words = ["riskcore", "thresholds", self.scenario, "--receipt", path]
        if "file" in self.data:
            words += ["--data", str(self.data["file"])]
            words += ["--label", str(self.data["label"])] if self.data.get("label") else []
            words += ["--zone", str(self.data["zone"])] if self.data.get("zone") else []
            words += [word for condition in self.data.get("where", ()) for word in ("--where", str(condition))]
        return shlex.join([*words, "--json"])


def receipt(
    trained: Trained, dataset: Dataset, policy: Policy, costs: Costs, question: Question, numbers: Mapping[str, Any]
) -> Receipt:
    """The receipt of a result that a model and a policy gave on a data set."""
    return Receipt(
        trained.scenario.key,
        dataset.origin,
        trained.version,
        policy,
        costs,
        question,
        libraries(),
        numbers,
    )


def receipt_from_mapping(said: object, scenario: Scenario, where: str = "receipt") -> Receipt:
    """The inverse of `Receipt.to_mapping`; a `DataError` tells every part that is missing or unsound."""
    if not isinstance(said, Mapping) or said.get("kind") != KIND:
        raise DataError(f"{where} is no receipt of riskcore.")
    missing = [part for part in PARTS if part not in said]
    if missing:
        raise DataError(f"{where} is incomplete: {', '.join(missing)} is missing.")
    if said["scenario"] != scenario.key:
        raise DataError(f"{where} is of {said['scenario']}; this is {scenario.key}.")
    known, asked = Question().to_mapping(), said["question"]
    if not isinstance(asked, Mapping) or set(asked) != set(known):
        raise DataError(f"{where}: question must hold {', '.join(known)}.")
    return Receipt(
        scenario.key,
        said["data"],
        str(said["model_version"]),
        policy_from_mapping(said["policy"], where),
        costs_from_mapping(said["costs"], len(scenario.target.classes), where),
        Question(**asked),
        said.get("libraries", {}),
        said["numbers"],
    )


def changes(found: Receipt, again: Receipt) -> list[str]:
    """What is not the same in a repetition, as sentences: data, versions, and every number beyond 1e-12."""
    said = []
    if found.data.get("fingerprint") != again.data.get("fingerprint"):
        said.append(
            f"The events are not the same: {again.data.get('fingerprint')} instead of {found.data.get('fingerprint')}."
        )
    said += [
        f"{name} is {again.libraries.get(name)} now and was {before}."
        for name, before in found.libraries.items()
        if again.libraries.get(name) != before
    ]
    return said + [f"{path}: {new} instead of {old}." for path, old, new in _differing(found.numbers, again.numbers)]


def _differing(old: Any, new: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """Places where two plain values are not the same within the tolerance."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys: Sequence[str] = list(dict.fromkeys([*old, *new]))
        parts = [_differing(old.get(k), new.get(k), f"{path}.{k}" if path else str(k)) for k in keys]
        return [row for part in parts for row in part]
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        same = abs(old - new) <= TOLERANCE * max(abs(old), abs(new))
    else:
        same = old == new
    return [] if same else [(path, old, new)]
