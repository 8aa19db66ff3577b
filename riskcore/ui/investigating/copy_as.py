"""What is on screen, as something to take away: JSON, Python, a command."""

import json
import shlex
from typing import Any

import pandas as pd

from riskcore.core.explanation import Explanation
from riskcore.core.scenario import Scenario
from riskcore.core.schema import Event
from riskcore.core.trained import Trained
from riskcore.services import explaining
from riskcore.services.explaining import Reason
from riskcore.services.scoring import Decided

FORMS = ("JSON", "Python", "Command line")  # the browser itself knows the link
UNKNOWN = "# The policy counts earlier events that are not at hand here, so the action may be another one.\n"


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


def history_file(scenario: Scenario) -> str:
    """The name of the file with what the event on screen looked back at."""
    return f"{scenario.key}.history.csv"


def _note(scenario: Scenario) -> str:
    return f"# {history_file(scenario)}: the past of this event, to be downloaded below its timeline.\n"


def as_python(trained: Trained, event: Event, past: bool = False) -> str:
    """A script that scores and explains the event with this very model, and with the downloaded past if it has one."""
    fields = "\n".join(f"    {name!r}: {value!r}," for name, value in event.items())
    imports, read, given, risks = "", "", "", ""
    if past:
        imports = "from riskcore.services.files.bulk_past import read_events\n"
        imports += "from riskcore.stores.tables import open_table\n"
        read = _note(trained.scenario)
        read += f"history = read_events(trained.scenario, open_table({history_file(trained.scenario)!r})).events\n"
        given = ", history=history"
        risks = ", scoring.remembered(trained, policy, scored.events, history)"
    return f"""from riskcore.core.settings import read_settings
from riskcore.services import explaining, scoring
from riskcore.services.workspace import open_workspace
{imports}
house = open_workspace(read_settings())
trained = house.trained(house.scenario({trained.scenario.key!r}), {trained.version!r})
event = {{
{fields}
}}
{read}scored = scoring.score(trained, trained.scenario.event.frame(event){given})
policy = house.applied(trained.scenario).policy
decided = scoring.decide(scored, policy{risks})
print(scored.risk[0], decided.action_keys()[0])
explanation = explaining.explain_scored(trained, scored)
for reason in explaining.reasons(trained, event, explanation{given}):
    print(reason.sentence)
"""


def as_command(trained: Trained, event: Event, past: bool = False) -> str:
    """Commands that write the event to a file, explain it and score it, with the downloaded past if it has one."""
    given, note = (f" --history {history_file(trained.scenario)}", _note(trained.scenario)) if past else ("", "")
    key, version = trained.scenario.key, shlex.quote(trained.version)
    rows = pd.DataFrame([dict(event)]).to_csv(index=False, lineterminator="\n")
    return (
        f"{note}cat > event.csv <<'END'\n{rows}END\n"
        f"riskcore explain {key} --in event.csv{given} --row 0 --model {version}\n"
        f"riskcore score {key} --in event.csv{given} --out scored.csv --model {version} --reasons 5\n"
    )


def copied(
    form: str,
    trained: Trained,
    event: Event,
    decided: Decided,
    explanation: Explanation,
    history: pd.DataFrame | None = None,
) -> str | None:
    """The result in one of `FORMS`; None for any other form.  `history` is what the event was scored with."""
    past = trained.scenario.stateful and history is not None and len(history) > 0
    if form == "JSON":
        return result_json(event, decided, explaining.reasons(trained, event, explanation, history=history))
    if form not in ("Python", "Command line"):
        return None
    known = past and {r.of for r in decided.policy.repeats} <= {*trained.scenario.entities}
    note = UNKNOWN if decided.policy.repeats and not known else ""
    return note + (as_python if form == "Python" else as_command)(trained, event, past)
