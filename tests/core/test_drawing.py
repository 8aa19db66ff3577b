"""Drawing from tables of shares."""

import numpy as np

from riskcore.core.drawing import draw_columns, neighbours


def test_columns_come_as_often_as_their_row_says() -> None:
    shares = np.array([[0.7, 0.0, 0.3], [0.1, 0.9, 0.0]])
    rows = np.repeat([0, 1], 50_000)
    drawn = draw_columns(np.random.default_rng(0), shares, rows)
    for row in (0, 1):
        found = np.bincount(drawn[rows == row], minlength=3) / 50_000
        assert np.allclose(found, shares[row], atol=0.01)
        assert not found[shares[row] == 0].any()


def test_shares_that_round_to_more_than_one_reach_no_other_row() -> None:
    # By far more than rounding could, so that it would be seen in the next row, whose first column has no share.
    shares = np.array([[0.5, 0.6, 0.0, 0.0], [0.0, 0.5, 0.5, 0.0], [1.0, 0.0, 0.0, 0.0]])
    rows = np.repeat([0, 1, 2], 10_000)
    drawn = draw_columns(np.random.default_rng(0), shares, rows)
    assert (shares[rows, drawn] > 0).all()


def test_a_wrong_label_belongs_to_the_class_beside() -> None:
    latent = neighbours(4, 0.2)
    assert np.allclose(latent.sum(axis=1), 1)
    assert np.allclose(np.diag(latent), 0.8)
    assert np.array_equal(latent > 0, np.abs(np.subtract.outer(range(4), range(4))) <= 1)
