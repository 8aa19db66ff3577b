"""Random forest (grown by scikit-learn, served from flat arrays): probabilities and exact contributions to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from riskcore.core.explanation import DrawnTree, Link
from riskcore.core.knobs import Knob
from riskcore.core.progress import Progress
from riskcore.core.settings import read_settings
from riskcore.estimators.arrays import pack, read, refuse
from riskcore.estimators.calibration import prior_corrected
from riskcore.estimators.encoding import Matrix
from riskcore.estimators.estimating import Choices, Contributions, Gives, every_class
from riskcore.estimators.model import Family
from riskcore.estimators.transforming import Transformer
from riskcore.estimators.trees import KINDS, count_setting, depth_setting, from_arrays, from_sklearn, growing

FILE = "forest.npz"
STEP = 5  # trees grown at a time: on one draw of negatives, then progress is told


@dataclass(kw_only=True, eq=False)
class Forest:
    """Random forest for two or more classes (Breiman 2001).

    With two, negatives can be down-sampled: the rare class is learned better and ten times as fast.  Each few trees get
    a draw of their own, so that less depends on which were drawn; the prior is corrected afterwards, `kept_` being the
    share kept in each draw.
    """

    gives: ClassVar[Gives] = "probability"
    native: ClassVar[bool] = False
    link: ClassVar[Link] = "identity"

    seed: int
    classes: int
    trees: int
    depth: int
    min_leaf: int
    negatives_per_positive: float = 0.0

    def fit(self, X: Matrix, y: NDArray[np.integer] | None, choices: Choices, progress: Progress) -> Self:
        from sklearn.ensemble import RandomForestClassifier

        y = every_class(y, self.classes)
        negatives = np.flatnonzero(y == 0)
        wanted = round(self.negatives_per_positive * (len(y) - len(negatives)))
        sampled = self.classes == 2 and 0 < wanted < len(negatives)
        self.kept_ = wanted / len(negatives) if sampled else 1.0
        rng = np.random.default_rng(self.seed)
        forest = RandomForestClassifier(
            max_depth=self.depth,
            min_samples_leaf=self.min_leaf,
            random_state=self.seed,
            n_jobs=read_settings().threads,
            warm_start=True,  # grown in steps, on the same rows the same trees as in one go
        )
        for grown in growing(self.trees, STEP, progress):
            rows = _rows(y, rng.choice(negatives, wanted, replace=False)) if sampled else slice(None)
            forest.set_params(n_estimators=grown).fit(X[rows], y[rows])
        self.importance_ = np.asarray(forest.feature_importances_, dtype=np.float64)
        kept = slice(1, 2) if self.classes == 2 else slice(None)
        self.trees_ = from_sklearn(forest, lambda tree: tree.value[:, 0, kept], X.shape[1])
        return self

    def raw(self, X: Matrix) -> NDArray[np.floating]:
        """Probabilities (n, m) among the rows learned from; m = 1 for two classes."""
        return self.trees_.mean(X)

    def probabilities(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        return prior_corrected(raw, self.kept_)

    def contributions(self, X: Matrix) -> Contributions:
        return Contributions(*self.trees_.contributions(X))

    def importance(self) -> NDArray[np.float64]:
        return self.importance_

    def tree_count(self) -> int:
        return self.trees_.count

    def tree(self, i: int, output: int = -1) -> DrawnTree:
        return self.trees_.drawn(i, output)

    def dump(self) -> dict[str, bytes]:
        learned = {"importance": self.importance_, "kept": np.array(self.kept_)}
        return {FILE: pack(self.trees_.arrays() | learned)}

    def restore(self, files: Mapping[str, bytes]) -> Self:
        arrays = read(files, FILE, KINDS | {"importance": "f", "kept": "f"})
        trees = from_arrays(FILE, arrays, arrays["importance"].size)
        problems = []
        outputs = 1 if self.classes == 2 else self.classes
        if trees.values.shape[1] != outputs:
            problems.append(f"each node has {trees.values.shape[1]} values; expected {outputs}.")
        if (trees.values < 0).any() or (trees.values > 1).any():
            problems.append("values must be probabilities, from 0 to 1.")
        elif outputs > 1 and np.abs(trees.values.sum(axis=1) - 1).max() > 1e-6:
            problems.append("the classes' values must sum to 1 in each node.")
        if arrays["kept"].shape != () or not 0 < arrays["kept"] <= 1:
            problems.append("the share of negatives kept must be above 0 and at most 1.")
        if arrays["importance"].ndim != 1 or not (arrays["importance"] >= 0).all():
            problems.append("importances must be at least 0.")
        refuse(FILE, problems)
        self.trees_, self.kept_, self.importance_ = trees, float(arrays["kept"]), arrays["importance"]
        return self


def _rows(y: NDArray[np.integer], negatives: NDArray[np.integer]) -> NDArray[np.integer]:
    """All positives and the drawn negatives, ascending."""
    return np.sort(np.concatenate([np.flatnonzero(y != 0), negatives]))


def forest(
    classes: tuple[str, ...],
    source: Mapping[str, str] | None = None,
    *,
    transformers: tuple[Callable[[], Transformer], ...] = (),
    trees: int = 100,
    depth: int = 12,
    min_leaf: int = 1,
    negatives_per_positive: float = 5.0,
) -> Family:
    """The random forest for a scenario, with its defaults; down-sampling is offered for two classes."""
    sampling = Knob(
        key="negatives_per_positive",
        label="Harmless events learned from, per harmful one",
        kind="number",
        default=negatives_per_positive,
        low=0,
        high=1_000,
        help="The rest is left out and the probability corrected for it; 0 learns from all.",
    )
    return Family(
        title="Random forest",
        estimator=Forest,
        classes=classes,
        source=source or {},
        transformers=transformers,
        settings=(
            count_setting(trees),
            depth_setting(depth),
            Knob(key="min_leaf", label="Fewest rows in a leaf", kind="integer", default=min_leaf, low=1, high=10_000),
            *((sampling,) if len(classes) == 2 else ()),
        ),
    )
