"""The published card transactions: learned from the first 70 % of rows by time, judged on the last 30 %.

Settings were chosen inside the first 70 % alone: its first 70 % against its last 30 %.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from riskcore.core.model import Output
from riskcore.scenarios.card_fraud import SCENARIO

pytestmark = pytest.mark.real_data
FILE = "card_train.parquet"


@pytest.fixture(scope="module")
def table(real_data: Path) -> pd.DataFrame:
    if not (real_data / FILE).is_file():
        pytest.skip(f"{real_data} has no {FILE}.")
    return pd.read_parquet(real_data / FILE)


@pytest.fixture(scope="module", params=list(SCENARIO.models))
def judged(request: pytest.FixtureRequest, table: pd.DataFrame) -> tuple[Output, NDArray[np.int64]]:
    """What a model says of the later rows, and their labels."""
    X = SCENARIO.features(SCENARIO.event.accept(table))
    y = SCENARIO.target.encode(table[SCENARIO.target.name])
    cut = int(0.7 * len(y))
    return SCENARIO.make_model(request.param).fit(X[:cut], y[:cut]).predict(X[cut:]), y[cut:]


def test_every_row_is_accepted_as_it_is(table: pd.DataFrame) -> None:
    assert SCENARIO.event.validate(table).rejected == 0
    assert (np.diff(table["Time"]) >= 0).all()


def test_later_frauds_are_ranked_first(judged: tuple[Output, NDArray[np.int64]]) -> None:
    output, y = judged
    assert y.sum() == 120
    assert roc_auc_score(y, output.risk) >= 0.97
    assert average_precision_score(y, output.risk) >= 0.75


def test_corrected_probabilities_have_the_size_of_the_base_rate(judged: tuple[Output, NDArray[np.int64]]) -> None:
    output, y = judged
    assert output.risk.mean() == pytest.approx(y.mean(), rel=0.5)
