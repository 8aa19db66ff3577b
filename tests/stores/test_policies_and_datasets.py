"""Policies and data sets as files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskcore.core.errors import ConflictError, DataError, PolicyError, UnknownKeyError
from riskcore.core.settings import Settings
from riskcore.scenarios import session_risk
from riskcore.services.workspace import open_workspace
from riskcore.stores.datasets import Dataset, Datasets
from riskcore.stores.policies import Policies

SCENARIO = session_risk.SCENARIO
POLICY = SCENARIO.policy


def test_without_a_file_the_default_is_in_force(tmp_path: Path) -> None:
    applied = Policies(tmp_path).read(SCENARIO.key, POLICY)
    assert applied.policy == POLICY
    assert applied.suits("any version")


def test_an_applied_policy_is_read_back_with_its_model(tmp_path: Path) -> None:
    stricter = POLICY.with_edges({1: 0.123456789012345})
    Policies(tmp_path).apply(SCENARIO.key, stricter, "boosted-1", POLICY, POLICY.fingerprint())
    applied = Policies(tmp_path).read(SCENARIO.key, POLICY)
    assert applied.policy == stricter
    assert applied.suits("boosted-1")
    assert not applied.suits("boosted-2")


def test_the_later_of_two_edits_is_told(tmp_path: Path) -> None:
    policies = Policies(tmp_path)
    seen = POLICY.fingerprint()
    policies.apply(SCENARIO.key, POLICY.with_edges({1: 0.11}), "m", POLICY, seen)
    with pytest.raises(ConflictError, match="changed by someone else"):
        policies.apply(SCENARIO.key, POLICY.with_edges({1: 0.12}), "m", POLICY, seen)
    assert policies.read(SCENARIO.key, POLICY).policy.bands[1].edge == 0.11


@pytest.mark.parametrize("content", ["- a\n- b\n", "bands: [", "actions: 3\nbands: x\n", "\x00"])
def test_a_bad_policy_file_is_told_and_not_applied(tmp_path: Path, content: str) -> None:
    (tmp_path / f"{SCENARIO.key}.yaml").write_text(content)
    with pytest.raises(PolicyError, match=f"{SCENARIO.key}.yaml"):
        Policies(tmp_path).read(SCENARIO.key, POLICY)


def test_version_0_is_the_default(tmp_path: Path) -> None:
    policies = Policies(tmp_path)
    policies.apply(SCENARIO.key, POLICY.with_edges({1: 0.11}), "m", POLICY, POLICY.fingerprint())
    with pytest.raises(ConflictError, match="changed by someone else"):
        policies.rollback(SCENARIO.key, 0, POLICY, POLICY.fingerprint())
    policies.rollback(SCENARIO.key, 0, POLICY, POLICY.with_edges({1: 0.11}).fingerprint())
    assert policies.read(SCENARIO.key, POLICY).policy == POLICY


@pytest.fixture
def dataset() -> Dataset:
    return open_workspace(Settings()).generate(SCENARIO, 300, seed=4, name="my set")


def test_a_data_set_comes_back_as_it_was(tmp_path: Path, dataset: Dataset) -> None:
    store = Datasets(tmp_path)
    store.save(dataset)
    again = store.load("my set")
    pd.testing.assert_frame_equal(again.events, dataset.events)
    assert again.labels is not None
    assert dataset.labels is not None
    assert np.array_equal(again.labels.label, dataset.labels.label)
    assert again.labels.p_true == pytest.approx(dataset.labels.p_true)
    assert again.synthetic
    assert store.names(SCENARIO.key) == ["my set"]
    assert store.names("other") == []


def test_a_name_is_not_taken_twice(tmp_path: Path, dataset: Dataset) -> None:
    store = Datasets(tmp_path)
    store.save(dataset)
    with pytest.raises(ConflictError):
        store.save(dataset)


@pytest.mark.parametrize("name", ["", "../evil", "a/b", ".hidden", "x" * 99])
def test_a_name_that_is_a_path_is_refused(tmp_path: Path, dataset: Dataset, name: str) -> None:
    with pytest.raises(DataError, match="cannot be the name"):
        Datasets(tmp_path).save(Dataset(name, dataset.scenario, dataset.events, dataset.labels, dataset.origin))


def test_an_unknown_set_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnknownKeyError):
        Datasets(tmp_path).load("nothing")
