"""Models repeat by their seed, and survive storage as they were or not at all."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from riskcore.checks.subject import FEW, WRITTEN, BrokenPromise, Subject, promise, same
from riskcore.core.errors import ModelIntegrityError
from riskcore.services import scoring, training
from riskcore.stores.registry import CARD, Registry


def training_repeats(subject: Subject) -> None:
    """The same events, plan and seed give a model with the same risks."""
    events = subject.scenario.event.accept(subject.sample.events)
    first, second = (
        training.train(subject.scenario, events, subject.sample.labels, training.Plan(seed=3), {}, WRITTEN)
        for _ in range(2)
    )
    risks = [scoring.score(t.trained, events.head(FEW)).risk for t in (first, second)]
    promise(bool(np.abs(risks[0] - risks[1]).max() <= 1e-12), "the second training gives other risks")


def models_survive_storage(subject: Subject) -> None:
    """A stored model loads with the same risks, and no file of it is a pickle."""
    with TemporaryDirectory() as folder:
        registry = Registry(Path(folder))
        stored = registry.save(subject.trained, subject.training.probe)
        loaded = registry.load(subject.scenario, stored.version)
        events = subject.sample.events.head(FEW)
        same(subject.risks(events), scoring.score(loaded, events).risk, "the loaded model gives other risks")
        for name in stored.card.files:
            head = (Path(folder) / subject.scenario.key / stored.version / name).read_bytes()[:2]
            # Protocols 2 and later of pickle begin so; joblib's files do, too.
            promise(not (head[:1] == b"\x80" and head[1:2] <= b"\x05"), f"{name} is a pickle")


def changed_models_are_refused(subject: Subject) -> None:
    """A stored model with one byte changed, in any of its files, is refused with the file's name."""
    with TemporaryDirectory() as folder:
        registry = Registry(Path(folder))
        stored = registry.save(subject.trained, subject.training.probe)
        registry.promote(subject.scenario.key, stored.version)
        for name in (*stored.card.files, CARD):
            path = Path(folder) / subject.scenario.key / stored.version / name
            content = path.read_bytes()
            middle = len(content) // 2
            path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
            try:
                registry.load(subject.scenario)
            except ModelIntegrityError as error:
                promise(name in str(error), f"the refusal of {name} does not name it: {error}")
            else:
                raise BrokenPromise(f"{name} with a changed byte was loaded.")
            path.write_bytes(content)
