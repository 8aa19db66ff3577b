"""A model card as one page of HTML that opens offline and runs nothing: what a model is, is good for, and is not."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from riskcore.charts.svg import line_chart, round_up
from riskcore.core.scenario import Scenario
from riskcore.core.trained import ModelCard
from riskcore.services.judging.attacks import OfAttack
from riskcore.services.judging.estimates import FEW_POSITIVES
from riskcore.services.judging.model_card_words import METRICS, SPLITS, cautions, facts

FIELDS_SHOWN = 15  # of the most important ones
STYLE = """
:root { --line: #0b6e75; --soft: #d5dee0; --text: #17252a; --faint: #55666c; --page: #fff; color-scheme: light dark }
@media (prefers-color-scheme: dark) {
  :root { --line: #5ccdc5; --soft: #2e3d42; --text: #e6edee; --faint: #94a3af; --page: #10181b }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem }
h1 { margin-bottom: 0 } h2 { margin-top: 2rem; font-size: 1.2rem } .faint, figcaption { color: var(--faint) }
table { border-collapse: collapse; display: block; overflow-x: auto } td, th { border-bottom: 1px solid var(--soft);
  padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; font-variant-numeric: tabular-nums }
th { font-weight: 600 } td:first-child { white-space: nowrap }
.facts td { overflow-wrap: anywhere; white-space: normal }
figure { display: inline-block; margin: 0 1rem 1rem 0 } svg text { font-size: 11px; fill: var(--faint) }
.grid { stroke: var(--soft) } .line { stroke: var(--line); stroke-width: 2; fill: none } .mark { fill: var(--line) }
.bar { stroke: var(--line); opacity: .6 } .reference { stroke: var(--faint); stroke-dasharray: 4 4; fill: none }
.share { background: var(--line); height: .7rem; min-width: 1px } .shares td:last-child { width: 16rem }
.mark-synthetic { border: 1px solid; border-radius: 1rem; padding: 0 .6rem; font-size: .85rem }
@media print { body { margin: 0 } figure, table { break-inside: avoid } }
"""


def render(scenario: Scenario, card: ModelCard) -> str:
    """The whole page.  Every word of the card and the scenario is escaped; no script, no request to any host."""
    title = f"{scenario.title}: {card.version}"
    synthetic = ' <span class="mark-synthetic">synthetic data</span>' if "recipe" in card.data else ""
    parts = [
        f"<h1>{escape(scenario.title)}</h1><p class=faint>{escape(card.version)}{synthetic}</p>",
        _section("What it is for", f"<p>{escape(scenario.summary)}</p>{_purpose(scenario, card)}"),
        _section("What it must not be used for", _list(cautions(scenario, card))),
        _section("How good it is", _figures(scenario, card)),
        _section("By kind of attack", _attacks(card)),
        _section("Curves", _curves(scenario, card)),
        _section("What it looks at", _importance(card)),
        _section("How it was made", _facts(facts(card))),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>" if content else ""


def _list(sentences: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(s)}</li>' for s in sentences)}</ul>"


def _purpose(scenario: Scenario, card: ModelCard) -> str:
    classes = ", ".join(scenario.target.classes)
    said = f"Given {len(scenario.event.fields)} fields of an event it says a risk from 0 to 1, higher is riskier"
    known = f" ({classes})" if scenario.target.labelled else ""
    return f"<p>{escape(f'{said}{known}. A policy makes the decision from it.')}</p>"


def _figures(scenario: Scenario, card: ModelCard) -> str:
    if not card.metrics:
        return "<p>Nothing was held out with labels, so nothing is known of how good it is.</p>"
    names = [name for name in (*METRICS, *_recalls(scenario)) if name in card.metrics]
    titles = METRICS | {f"recall_{c}": f"Recall of {c}" for c in scenario.target.classes}
    lines = [(str(line["name"]), line["metrics"]) for line in card.results] or [(card.model, card.metrics)]
    head = ["", *(name for name, _ in lines)]
    rows = [[titles[name], *(_interval(metrics.get(name)) for _, metrics in lines)] for name in names]
    told = (
        f"Judged on {card.split['judge']:,} rows that it has not seen, held out {SPLITS[card.split['how']]}; "
        f"95 % intervals. Under {FEW_POSITIVES} judged events of the worst class no ranking of models is meant."
    )
    return f"{_table(head, rows)}<p class=faint>{escape(told)}</p>"


def _recalls(scenario: Scenario) -> list[str]:
    return [f"recall_{c}" for c in scenario.target.classes]


def _interval(metric: Mapping[str, float] | None) -> str:
    if metric is None:
        return "–"
    return f"{metric['value']:.3f} ({metric['low']:.3f}–{metric['high']:.3f})"


def _attacks(card: ModelCard) -> str:
    kinds = [OfAttack.from_mapping(said) for said in card.attacks]
    if not kinds:
        return ""
    names = list(dict.fromkeys(name for one in kinds for name in one.metrics))
    head = ["Kind", "Events", *(METRICS.get(name, name) for name in names)]
    rows = [
        [
            one.kind,
            f"{one.events:,}",
            *(_interval(one.metrics[n].to_mapping() if n in one.metrics else None) for n in names),
        ]
        for one in kinds
    ]
    return f"{_table(head, rows)}<p class=faint>Against benign events only, ranked by risk.</p>"


def _curves(scenario: Scenario, card: ModelCard) -> str:
    drawn, worst = [], scenario.target.classes[-1]
    if ranking := card.curves.get("ranking"):
        fpr, recall, precision = (ranking[name] for name in ("fpr", "recall", "precision"))
        area, average = (_interval(card.metrics.get(name)) for name in ("roc_auc", "average_precision"))
        roc = line_chart(
            _pairs(fpr, recall), "False-positive rate", "Recall", f"ROC curve, area {area}", ((0, 0), (1, 1))
        )
        drawn.append((roc, f"ROC: area {area}"))
        said = f"Precision-recall curve, average precision {average}"
        drawn.append(
            (line_chart(_pairs(recall, precision), "Recall", "Precision", said), f"Average precision {average}")
        )
    if bins := card.curves.get("reliability"):
        most = round_up(max(*bins["said"], *bins["high"]))
        intervals = list(zip(bins["said"], bins["low"], bins["high"], strict=True))
        off = _interval(card.metrics.get("calibration_error"))
        chart = line_chart(
            _pairs(bins["said"], bins["seen"]),
            f"Probability of {worst} said",
            "Share seen",
            f"Reliability, calibration error {off}",
            ((0, 0), (most, most)),
            intervals,
            most,
        )
        drawn.append((chart, f"Reliability: off by {off}"))
    return "".join(f"<figure>{svg}<figcaption>{escape(said)}</figcaption></figure>" for svg, said in drawn)


def _pairs(xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float]]:
    return list(zip(xs, ys, strict=True))


def _importance(card: ModelCard) -> str:
    shown = list(card.importance.items())[:FIELDS_SHOWN]
    if not shown:
        return ""
    most = max(share for _, share in shown) or 1.0
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{share:.1%}</td>"
        f'<td><div class=share style="width: {100 * share / most:.1f}%"></div></td></tr>'
        for name, share in shown
    )
    more = len(card.importance) - len(shown)
    rest = f"<p class=faint>And {more} more fields of less importance.</p>" if more > 0 else ""
    return f"<table class=shares>{rows}</table><p class=faint>Share of each field in what was learned.</p>{rest}"


def _facts(told: Mapping[str, str]) -> str:
    rows = "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in told.items())
    return f"<table class=facts>{rows}</table>"


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    top = "".join(f"<th>{escape(str(cell))}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"
