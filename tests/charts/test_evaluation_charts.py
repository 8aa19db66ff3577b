"""Charts of a comparison say their finding, keep each model's colour, and never tell models apart by colour alone."""

import pandas as pd
import pytest

from riskcore.charts.attacks import by_attack
from riskcore.charts.evaluation import precision_recall, reliability, roc
from riskcore.charts.learning import learning
from riskcore.charts.theme import SERIES

NAMES = ["1 forest", "2 boosted", "Bayes limit"]
POINTS = pd.DataFrame({"fpr": [0.0, 0.1, 1.0], "recall": [0.0, 0.8, 1.0], "precision": [1.0, 0.6, 0.2]})
BINS = pd.DataFrame({"said": [0.1, 0.8], "seen": [0.2, 0.7], "low": [0.1, 0.6], "high": [0.3, 0.8], "n": [50, 50]})
KINDS = pd.DataFrame(
    [
        ("loud", "1 forest", 10, 0.9, 0.7, 1.0),
        ("quiet", "1 forest", 8, 0.3, 0.1, 0.6),
        ("loud", "2 boosted", 10, 0.8, 0.6, 0.9),
        ("quiet", "2 boosted", 8, 0.4, 0.2, 0.7),
    ],
    columns=["kind", "model", "events", "value", "low", "high"],
)


def scales(spec: dict, channel: str) -> list[dict]:
    parts = spec.get("layer", [spec])
    return [p["encoding"][channel]["scale"] for p in parts if "scale" in p.get("encoding", {}).get(channel, {})]


def test_titles_name_the_best_of_the_models_that_compete() -> None:
    curves = dict.fromkeys(NAMES, POINTS)
    competing = {"1 forest": 0.9, "2 boosted": 0.8}
    assert roc(curves, competing, "fraud").to_dict()["title"]["text"] == "Best ROC AUC: 0.900 (1 forest)"
    drawn = precision_recall(curves, competing, 0.2, "fraud").to_dict()
    assert drawn["title"]["text"] == "Best average precision: 0.900 (1 forest)"
    assert "Guessing reaches 0.2" in drawn["description"]
    worse = BINS.assign(seen=[0.9, 0.1])
    said = reliability({"1 forest": worse, "2 boosted": BINS, "Bayes limit": BINS}, NAMES[:2], "fraud", rare=False)
    assert said.to_dict()["title"]["text"] == "Best calibrated: off by 0.1 (2 boosted)"


def test_a_model_keeps_its_colour_and_dash_whichever_are_drawn() -> None:
    some = dict.fromkeys(NAMES[1:], POINTS)
    spec = roc(some, {"2 boosted": 0.8}, "fraud", NAMES).to_dict()
    for color in scales(spec, "color"):
        assert color == {"domain": NAMES[1:], "range": list(SERIES[1:3])}
    dashes = scales(spec, "strokeDash")[0]["range"]
    assert len({tuple(dash) for dash in dashes}) == 2
    attacks = by_attack(KINDS[KINDS["model"] == "2 boosted"], NAMES).to_dict()
    assert scales(attacks, "color")[0]["range"] == [SERIES[1]]
    assert scales(attacks, "shape")[0]["range"] == ["square"]


@pytest.mark.parametrize("rare", [True, False])
def test_reliability_of_a_rare_class_spreads_small_risks(rare: bool) -> None:
    spec = reliability({"1 forest": BINS}, ["1 forest"], "fraud", rare).to_dict()
    assert {scale["type"] for scale in scales(spec, "x")} == {"sqrt" if rare else "linear"}


def test_the_kind_that_is_hardest_to_find_comes_last_and_is_named() -> None:
    spec = by_attack(KINDS, NAMES).to_dict()
    assert spec["title"]["text"] == "Hardest to find: quiet, at best 40 % of its events"
    assert spec["layer"][0]["encoding"]["y"]["sort"] == ["loud (10)", "quiet (8)"]
    assert "quiet by 1 forest: 0.30 (0.10 to 0.60)" in spec["description"]


def test_a_learning_curve_says_whether_more_rows_would_help() -> None:
    curve = pd.DataFrame({"rows": [100, 200, 400], "value": [0.5, 0.6, 0.7], "low": [0.4, 0.5, 0.6], "high": [0.9] * 3})
    assert learning(curve, "ROC AUC", True).to_dict()["title"]["text"].startswith("Still learning")
    still = learning(curve, "ROC AUC", False).to_dict()
    assert "no more than chance" in still["title"]["text"]
    assert "ROC AUC is 0.500 with 100 rows and 0.700 with 400." in still["description"]
