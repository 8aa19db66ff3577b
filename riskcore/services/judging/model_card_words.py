"""What a model card says in words: the facts of its making, and what the model must not be used for."""

from riskcore.core.scenario import Scenario
from riskcore.core.trained import ModelCard
from riskcore.services.judging.estimates import FEW_POSITIVES

METRICS = {
    "roc_auc": "ROC AUC",
    "average_precision": "Average precision",
    "accuracy": "Accuracy",
    "recall_at_1pct_fpr": "Recall at 1 % FPR",
    "recall_at_5pct_fpr": "Recall at 5 % FPR",
    "caught_at_1pct_fpr": "Attacks caught at 1 % FPR",
    "log_loss": "Log loss",
    "brier": "Brier score",
    "calibration_error": "Calibration error",
}
SPLITS = {"time": "by time", "entity": "by entity", "random": "at random"}
CALIBRATIONS = {
    "none": "none",
    "sigmoid": "sigmoid (Platt)",
    "isotonic": "isotonic",
    "ecdf": "rank among the anomaly scores of held-out rows",
    "entity_ecdf": "rank among the anomaly scores of held-out rows, the entity's own weighted in",
}
RANKS = ("ecdf", "entity_ecdf")  # last steps whose risk is a percentile


def facts(card: ModelCard) -> dict[str, str]:
    """How a model was made, title -> words, in the order to read them."""
    data, split = card.data, card.split
    told = {
        "Version": card.version,
        "Family": card.model,
        "Created": card.created,
        "Data": str(data.get("name") or data.get("file", "")),
        "Data fingerprint": str(data.get("fingerprint", "")),
        "Recipe": _named(data.get("recipe", {})),
        "Schema fingerprint": card.schema,
        "Rows learned from": f"{card.rows:,}",
        "By class": ", ".join(f"{n:,}" for n in card.class_counts),
        "Split": f"{SPLITS.get(str(split.get('how')), '')}, "
        + ", ".join(f"{part} {split.get(part, 0):,}" for part in ("fit", "calibrate", "judge")),
        "Seed": str(card.seed),
        "Settings": _named(card.settings) or "defaults",
        "Calibration": CALIBRATIONS.get(card.calibration, card.calibration),
        "Calibrations tried": ", ".join(f"{name}: log loss {loss:.4f}" for name, loss in card.calibrations.items()),
        "Training time": f"{card.seconds:.1f} s",
        "Libraries": ", ".join(f"{name} {version}" for name, version in card.libraries.items()),
        "Files": ", ".join(f"{name} {sha[:16]}…" for name, sha in card.files.items()),
    }
    return {title: words for title, words in told.items() if words}


def _named(values: object) -> str:
    return ", ".join(f"{k} = {v}" for k, v in values.items()) if isinstance(values, dict) else ""


def cautions(scenario: Scenario, card: ModelCard) -> list[str]:
    """What the model must not be used for, from what it is and how it was made."""
    worst = scenario.target.classes[-1]
    said = [
        f"Any purpose but its own: it knows nothing but {scenario.title.lower()}, as its fields describe "
        "it. Never to judge a person's creditworthiness, insurance, work or character.",
        "To act against a person on its word alone: a high risk is a reason to look, and no proof.",
    ]
    if "recipe" in card.data:
        said.append("Decisions about real events: it learned from synthetic rows, and real ones will differ.")
    if card.calibration in RANKS:
        said.append(
            "As a probability of harm: its risk says how unusual an event is among those of its reference, and what "
            "is unusual need not be bad."
        )
    elif card.class_counts:
        share = card.class_counts[-1] / max(sum(card.class_counts), 1)
        said.append(f"As a probability where the share of {worst} is far from the {share:.2%} that it learned from.")
    if card.class_counts and card.class_counts[-1] < FEW_POSITIVES:
        said.append(f"To find rare kinds of {worst}: it has seen only {card.class_counts[-1]} of them.")
    if not card.metrics:
        said.append("Any decision before it has been judged: no labelled rows were held out.")
    elif card.split.get("how") != "time":
        said.append("Promises about next month: it was judged on rows of the same time as those it learned from.")
    return said
