"""A report as one page of HTML that opens offline and runs nothing; everything that came from a file is escaped."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from riskcore.charts.report import histogram, strip
from riskcore.charts.sankey import Flow, sankey
from riskcore.charts.theme import EFFECT_COLORS
from riskcore.core.costs import EFFECTS
from riskcore.core.policy import RISK, measure_in_words
from riskcore.services.judging.benchmark_text import CAUGHT, METRICS
from riskcore.services.judging.estimates import FEW_POSITIVES, Metric
from riskcore.services.judging.model_card import STYLE
from riskcore.services.reporting import Flows, Report

KINDS = 9  # sorts of events with a node of their own
OTHERS = "others"
COLOURED = "Ribbons are coloured by the effect of the action: pass, challenge, review, stop."
LOOKS = """
.wide { width: 100%; height: auto; max-width: 920px } .wide text {
  font-size: 12px; paint-order: stroke; stroke: var(--page); stroke-width: 4px; stroke-linejoin: round }
.sides { display: grid; gap: 1rem 2rem; width: min(94vw, 90rem); margin-left: calc(50% - min(47vw, 45rem));
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 36rem), 1fr)) }
.head { font-weight: 600 } .node { fill: var(--text) } tspan.faint { fill: var(--faint) }
.tiles { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem } .tiles b { display: block; font-size: 1.5rem }
.effect { display: inline-block; width: .8rem; height: .8rem; border-radius: .2rem; margin-right: .4rem }
td.n { text-align: right } td { white-space: nowrap } td small { display: block; color: var(--faint) }
"""


def render(report: Report, made: datetime) -> str:
    """The whole page; no script, no request to any host."""
    name = Path(report.name).name
    title = f"{report.scenario.title}: {name}"
    parts = [
        f"<h1>{escape(report.scenario.title)}</h1>"
        f"<p class=faint>{escape(name)} · reported {made.astimezone(UTC):%Y-%m-%d %H:%M} UTC · "
        f"policy {escape(report.policy.fingerprint())}</p>",
        _tiles(report),
        _section("Actions", _actions(report)),
        _section("From event to action", _funnel(report)),
        _section("Risks", _histogram(report)),
        _section("Over time", _moments(report)),
        _section("Reasons", _reasons(report)),
        _section("Kinds of attack", _attacks(report)),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}{LOOKS}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>" if content else ""


def _tiles(report: Report) -> str:
    left_out = report.n - report.scored
    tiles = [
        (f"{report.scored:,}", "events scored" + (f", {left_out:,} rows were not" if left_out else "")),
        (f"{report.mean:.3f}", "mean risk"),
        (f"{report.p95:.3f}", "95th percentile of risk"),
        (f"{report.positive.value:.2%}", f"reviewed or worse (95 % interval {_range(report.positive)})"),
    ]
    told = "".join(f"<div><b>{value}</b><span class=faint>{what}</span></div>" for value, what in tiles)
    return f"<div class=tiles>{told}</div>"


def _range(share: Metric) -> str:
    return f"{share.low:.2%} to {share.high:.2%}"


def _actions(report: Report) -> str:
    rows = []
    for action in report.policy.actions:
        n = report.actions[action.key]
        mark = f'<span class=effect style="background: {EFFECT_COLORS[action.effect]}"></span>'
        rows.append(
            f"<tr><td>{mark}{escape(action.label)}</td><td>{escape(action.effect)}</td><td class=n>{n:,}</td>"
            f"<td class=n>{n / report.scored:.2%}</td></tr>"
        )
    head = "<tr><th>Action</th><th>Effect</th><th>Events</th><th>Share</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def _funnel(report: Report) -> str:
    """Good and bad actors side by side where they are known; else all events, and larger those not let pass."""
    if report.sides is not None:
        names = report.scenario.target.classes
        titles = (f"Good actors: {names[0]}", f"Bad actors: {' or '.join(names[1:])}")
        sides = (_side(report, title, flows) for title, flows in zip(titles, report.sides, strict=True))
        return f"<p class=faint>{COLOURED}</p><div class=sides>{''.join(sides)}</div>"
    passed = {i for i, action in enumerate(report.policy.actions) if action.effect == "pass"}
    others = {path: n for path, n in report.flows.items() if path[2] not in passed}
    whole = _flows(report, report.flows)
    return whole + (_flows(report, others) if others and len(others) < len(report.flows) else "")


def _side(report: Report, title: str, flows: Flows) -> str:
    said = f"{title}, {sum(flows.values()):,} events"
    return f"<div><p><b>{escape(title)}</b> · {sum(flows.values()):,} events</p>{_drawn(report, flows, said)}</div>"


def _flows(report: Report, flows: Flows) -> str:
    total, every = sum(flows.values()), len(flows) == len(report.flows)
    said = f"All {total:,} events." if every else f"The {total:,} events that were not let pass, larger."
    note = f" {COLOURED}" if every else ""
    return f"<p class=faint>{escape(said + note)}</p>{_drawn(report, flows, said)}"


def _drawn(report: Report, flows: Flows, said: str) -> str:
    policy, bands = report.policy, _band_names(report)
    labels = [a.label for a in policy.actions]
    kinds = _frequent(flows)
    drawn = []
    for (kind, band, action), n in flows.items():
        of_kind = (kind if kind in kinds else OTHERS,) if kinds else ()
        drawn.append(Flow((*of_kind, bands[band], labels[action]), n, EFFECT_COLORS[policy.actions[action].effect]))
    stages = ["risk band", "action"]
    orders: list[Sequence[str]] = [bands, labels]
    if kinds:
        stages, orders = ["event", *stages], [[*kinds, *([OTHERS] if OTHERS not in kinds else [])], *orders]
    return sankey(stages, orders, drawn, said)


def _frequent(flows: Flows) -> list[str]:
    """The sorts of events that get a node of their own, most frequent first; none where events have no sorts."""
    counts = Counter[str]()
    for (kind, _, _), n in flows.items():
        counts[kind] += n
    ordered = [kind for kind, _ in counts.most_common() if kind]
    return ordered if len(ordered) <= KINDS + 1 else ordered[:KINDS]


def _band_names(report: Report) -> list[str]:
    """Each band by its range, of risk or of a class's probability."""
    bands = report.policy.bands
    names = []
    for i, band in enumerate(bands):
        ends = [other.edge for other in bands[i + 1 :] if other.measure == band.measure]
        to = f"{ends[0]:g}" if ends else "1"
        names.append(f"{'' if band.measure == RISK else measure_in_words(band.measure) + ' '}{band.edge:g} to {to}")
    return names


def _histogram(report: Report) -> str:
    benign, harmful = report.histogram.tolist()
    edges = [band.edge for band in report.policy.bands if band.edge > 0 and band.measure == RISK]
    half = sum(benign[len(benign) // 2 :]) + sum(harmful[len(harmful) // 2 :])
    said = f"{half / report.scored:.2%} of events have a risk of 0.5 or more."
    attacks = f" Coloured: the {sum(harmful):,} attack events." if report.labelled else ""
    chart = histogram(benign, harmful, edges, said)
    return f"{chart}<p class=faint>{said}{attacks} Dashed: where bands begin.</p>"


def _moments(report: Report) -> str:
    found = report.moments
    if not len(found):
        return ""
    counts = {str(effect): [int(c) for c in found[effect]] for effect in EFFECTS}
    at = found["seconds"].tolist()
    times = report.scenario.event.time
    clock = times is not None and report.scenario.event[times].kind == "time"
    long = at[-1] - at[0] > 3 * 86_400
    ticks = [(i / len(at), _moment(at[i], clock)[: 10 if clock and long else None]) for i in range(0, len(at), 12)]
    worst = int((found["review"] + found["stop"]).argmax())
    said = f"Most events reviewed or stopped: in the {_span(at, clock)} from {_moment(at[worst], clock)} on."
    chart = strip(counts, {str(k): v for k, v in EFFECT_COLORS.items()}, ticks, said)
    return f"{chart}<p class=faint>{escape(said)} Each row has its own scale.</p>"


def _moment(seconds: float, clock: bool) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}" if clock else f"{seconds:,.0f} s"


def _span(at: Sequence[float], clock: bool) -> str:
    hours = (at[1] - at[0]) / 3600
    return f"{hours:.1f} hours" if hours >= 1 else f"{hours * 60:.1f} minutes"


def _reasons(report: Report) -> str:
    rows = ([reason, f"{n:,}", f"{n / report.scored:.2%}"] for reason, n in report.reasons)
    return _table(["Reason", "Events", "Share"], rows) if report.reasons else ""


def _attacks(report: Report) -> str:
    if not report.attacks:
        return ""
    head = ["Kind", "Events", "Attacks", "Reviewed or worse", "Stopped", *METRICS.values(), CAUGHT]
    rows = []
    for one in report.attacks:
        positive, stopped = report.met[one.kind]
        caught = None if one.by_attack is None else one.by_attack["recall_at_1_benign"]
        figures = [_told(one.by_event[name]) for name in METRICS]
        counts = [f"{one.events:,}", "–" if one.attacks is None else f"{one.attacks:,}"]
        few = "*" if one.events < FEW_POSITIVES else ""
        rows.append([one.kind + few, *counts, f"{positive:.1%}", f"{stopped:.1%}", *figures, _told(caught)])
    note = (
        "Each kind against benign events only; below are 95 % intervals. Recall and attacks caught are told at the "
        f"threshold that 1 % of benign events reach. *: fewer than {FEW_POSITIVES} events."
    )
    return f"{_table(head, rows)}<p class=faint>{note}</p>"


def _told(metric: Metric | None) -> str:
    return "–" if metric is None else f"{metric.value:.3f}\n{metric.low:.3f}–{metric.high:.3f}"


def _cell(words: str) -> str:
    """Escaped words; what follows a line break, an interval, stands below and smaller."""
    value, _, below = words.partition("\n")
    return escape(value) + (f"<small>{escape(below)}</small>" if below else "")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = "".join(f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{lines}</table>"
