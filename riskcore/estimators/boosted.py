"""Gradient-boosted trees (xgboost): margins, class probabilities and exact contributions from one booster."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from riskcore.core.errors import ModelIntegrityError
from riskcore.core.explanation import DrawnTree, Link, apply_link
from riskcore.core.knobs import Knob
from riskcore.core.progress import Progress
from riskcore.estimators.encoding import Matrix
from riskcore.estimators.estimating import Choices, Contributions, Gives, class_link, every_class
from riskcore.estimators.model import Family
from riskcore.estimators.transforming import Transformer
from riskcore.estimators.trees import depth_setting

if TYPE_CHECKING:
    import xgboost

FILE = "boosted.ubj"
SMALL = 512  # rows below which waking a second thread costs more than it saves


@dataclass(kw_only=True, eq=False)
class Boosted:
    """Boosted trees for two or more classes.  Few shallow trees: 60 × depth 5 equal 200 × depth 6 on balanced
    classes at a quarter of the cost; rare classes want a lower rate and heavier leaves.  Missing values and categories
    are split on as they are.  `monotone` trees never lower the risk where a feature rises."""

    gives: ClassVar[Gives] = "probability"
    native: ClassVar[bool] = True

    seed: int
    classes: int
    rounds: int
    depth: int
    rate: float
    min_child_weight: float
    rows_share: float
    columns_share: float
    monotone: bool = False

    @property
    def link(self) -> Link:
        return class_link(self.classes)

    def fit(self, X: Matrix, y: NDArray[np.integer] | None, choices: Choices, progress: Progress) -> Self:
        import xgboost

        y = every_class(y, self.classes)
        params: dict[str, Any] = {
            "objective": "binary:logistic" if self.classes == 2 else "multi:softprob",
            "max_depth": self.depth,
            "learning_rate": self.rate,
            "min_child_weight": self.min_child_weight,
            "subsample": self.rows_share,
            "colsample_bytree": self.columns_share,
            "tree_method": "hist",
            "seed": self.seed,
        } | ({} if self.classes == 2 else {"num_class": self.classes})
        if self.monotone:
            params["monotone_constraints"] = (1,) * X.shape[1]
        booster = xgboost.train(
            params,
            xgboost.QuantileDMatrix(X, y, feature_types=_types(choices), enable_categorical=True),
            num_boost_round=self.rounds,
            callbacks=[_told(progress, self.rounds)],
        )
        self._serve(booster.save_raw("ubj"))
        return self

    def _serve(self, content: bytes | bytearray) -> None:
        """Keep the booster as it will be loaded, once for many rows and once for few."""
        import xgboost

        self.content_ = bytes(content)
        self.booster_: xgboost.Booster = xgboost.Booster(model_file=bytearray(content))
        self.single_: xgboost.Booster = xgboost.Booster({"nthread": 1}, model_file=bytearray(content))

    def raw(self, X: Matrix) -> NDArray[np.floating]:
        booster = self.single_ if len(X) < SMALL else self.booster_
        margins: NDArray[np.float32] = booster.inplace_predict(X, predict_type="margin")
        return margins.reshape(len(X), 1 if self.classes == 2 else self.classes)

    def probabilities(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        return apply_link(self.link, raw)

    def contributions(self, X: Matrix) -> Contributions:
        import xgboost

        rows = xgboost.DMatrix(X, nthread=1, feature_types=self.single_.feature_types, enable_categorical=True)
        parts = self.single_.predict(rows, pred_contribs=True, strict_shape=True)  # (n, m, k + 1)
        parts = parts.astype(np.float64)
        return Contributions(parts[:, :, -1], np.swapaxes(parts[:, :, :-1], 1, 2))

    def importance(self) -> NDArray[np.float64]:
        gains = self.booster_.get_score(importance_type="total_gain")
        total = np.array([gains.get(f"f{i}", 0.0) for i in range(self.booster_.num_features())], dtype=np.float64)
        return np.asarray(total / total.sum()) if total.sum() else total

    def tree_count(self) -> int:
        return self.booster_.num_boosted_rounds()

    def tree(self, i: int, output: int = -1) -> DrawnTree:
        grown = self.booster_[i : i + 1].get_dump(dump_format="json", with_stats=True)  # one tree for each output
        return _drawn(json.loads(grown[output]))

    def dump(self) -> dict[str, bytes]:
        return {FILE: self.content_}

    def restore(self, files: Mapping[str, bytes]) -> Self:
        import xgboost

        if FILE not in files:
            raise ModelIntegrityError(f"The model has no {FILE}.")
        try:
            self._serve(files[FILE])
        except xgboost.core.XGBoostError as error:
            raise ModelIntegrityError(f"{FILE} cannot be read: {str(error).splitlines()[0]}.") from None
        return self


def boosted(
    classes: tuple[str, ...],
    source: Mapping[str, str] | None = None,
    *,
    transformers: tuple[Callable[[], Transformer], ...] = (),
    rounds: int = 60,
    depth: int = 5,
    rate: float = 0.3,
    min_child_weight: float = 1.0,
    rows_share: float = 1.0,
    columns_share: float = 1.0,
    monotone: bool = False,
) -> Family:
    """The boosted family for a scenario, with its defaults.

    `monotone`: no feature, all of which must be numbers, may lower the risk by rising.
    """
    return Family(
        title="Boosted trees",
        estimator=partial(Boosted, monotone=monotone),
        classes=classes,
        source=source or {},
        transformers=transformers,
        settings=(
            Knob(key="rounds", label="Boosting rounds", kind="integer", default=rounds, low=1, high=5_000),
            depth_setting(depth),
            Knob(key="rate", label="Learning rate", kind="number", default=rate, low=0.001, high=1.0),
            Knob(
                key="min_child_weight",
                label="Least weight of a leaf",
                kind="number",
                default=min_child_weight,
                low=0,
                high=1_000,
            ),
            Knob(key="rows_share", label="Share of rows per tree", kind="number", default=rows_share, low=0.05),
            Knob(
                key="columns_share", label="Share of features per tree", kind="number", default=columns_share, low=0.05
            ),
        ),
    )


def _types(choices: Choices) -> list[str]:
    """How xgboost names numbers (q) and categories (c)."""
    return ["c" if of else "q" for of in choices]


def _told(progress: Progress, rounds: int) -> "xgboost.callback.TrainingCallback":
    """A callback that reports after each round; an exception raised by the listener ends the training."""
    import xgboost

    class Told(xgboost.callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            progress((epoch + 1) / rounds, f"tree {epoch + 1} of {rounds}")
            return False

    return Told()


def _drawn(root: Mapping[str, Any]) -> DrawnTree:
    """A tree from xgboost's nested dump, its nodes level by level."""
    nodes, children = [root], {}
    for place, node in enumerate(nodes):  # grows while it is walked
        if "leaf" not in node:
            below = {child["nodeid"]: child for child in node["children"]}
            children[place] = len(nodes), len(nodes) + 1
            nodes += [below[node["yes"]], below[node["no"]]]
    return DrawnTree(
        feature=np.array([int(node["split"][1:]) if "split" in node else -1 for node in nodes], dtype=np.int64),
        threshold=np.array([_threshold(node) for node in nodes], dtype=np.float64),
        left=np.array([children.get(place, (-1, -1))[0] for place in range(len(nodes))], dtype=np.int64),
        right=np.array([children.get(place, (-1, -1))[1] for place in range(len(nodes))], dtype=np.int64),
        value=np.array([node.get("leaf", np.nan) for node in nodes], dtype=np.float64),
        cover=np.array([node["cover"] for node in nodes], dtype=np.float64),
        inclusive=False,
        codes={place: tuple(codes) for place, node in enumerate(nodes) if isinstance(codes := _condition(node), list)},
    )


def _condition(node: Mapping[str, Any]) -> float | list[int]:
    """A threshold, or the codes that go the way of "yes"."""
    condition: float | list[int] = node.get("split_condition", 0.0)
    return condition


def _threshold(node: Mapping[str, Any]) -> float:
    condition = _condition(node)
    return np.nan if isinstance(condition, list) else condition
