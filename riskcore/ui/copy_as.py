"""What is on screen, as something to take away: JSON, Python, a command."""

import json
import shlex
from typing import Any

import pandas as pd

from riskcore.core.explanation import Explanation
from riskcore.core.schema import Event
from riskcore.core.trained import Trained
from riskcore.services import explaining
from riskcore.services.explaining import Reason
from riskcore.services.scoring import Decided

FORMS = ("JSON", "Python", "Command line")  # the browser itself knows the link


def result_json(event: Event, decided: Decided, reasons: list[Reason]) -> str:
    """Event, risk, decision, classes and reasons of the first scored row."""
    scored = decided.scored
    said: dict[str, Any] = {
        "scenario": scored.scenario.key,
        "model": scored.version,
        "policy": decided.policy.fingerprint(),
        "event": dict(event),
        "risk_score": float(scored.risk[0]),
        "decision": str(decided.action_keys()[0]),
    }
    if scored.output.probabilities is not None:
        p = [float(x) for x in scored.output.probabilities[0]]
        said |= {"prediction": int(scored.prediction()[0]), "confidence": max(p), "probabilities": p}
    if not scored.output.likelihood:
        said["anomaly_score"] = float(scored.output.raw[0])
    said["reasons"] = [{"field": r.field, "contribution": r.contribution, "sentence": r.sentence} for r in reasons]
    return json.dumps(said, indent=2, ensure_ascii=False)


def as_python(trained: Trained, event: Event) -> str:
    """A script that scores and explains the event with this very model."""
    fields = "\n".join(f"    {name!r}: {value!r}," for name, value in event.items())
    return f"""from riskcore.core.settings import read_settings
from riskcore.services import explaining, scoring
from riskcore.services.workspace import open_workspace

house = open_workspace(read_settings())
trained = house.trained(house.scenario({trained.scenario.key!r}), {trained.version!r})
event = {{
{fields}
}}
scored = scoring.score(trained, trained.scenario.event.frame(event))
decided = scoring.decide(scored, house.applied(trained.scenario).policy)
print(scored.risk[0], decided.action_keys()[0])
explanation = explaining.explain_scored(trained, scored)
for reason in explaining.reasons(trained, event, explanation):
    print(reason.sentence)
"""


def as_command(trained: Trained, event: Event) -> str:
    """Commands that write the event to a file, explain it and score it."""
    key, version = trained.scenario.key, shlex.quote(trained.version)
    rows = pd.DataFrame([dict(event)]).to_csv(index=False, lineterminator="\n")
    return (
        f"cat > event.csv <<'END'\n{rows}END\n"
        f"riskcore explain {key} --in event.csv --row 0\n"
        f"riskcore score {key} --in event.csv --out scored.csv --model {version} --reasons 5\n"
    )


def copied(form: str, trained: Trained, event: Event, decided: Decided, explanation: Explanation) -> str | None:
    """The result in one of `FORMS`; None for any other form."""
    if form == "JSON":
        return result_json(event, decided, explaining.reasons(trained, event, explanation))
    if form == "Python":
        return as_python(trained, event)
    return as_command(trained, event) if form == "Command line" else None
