// The threshold cockpit, part 2: charts.  Each is a function of the sliders' places that draws itself anew.

const WIDTH = 420, HEIGHT = 230, LEFT = 52, RIGHT = 12, TOP = 12, BOTTOM = 40;
const TICKS = [1e-6, 1e-5, 1e-4, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999];
const SHARES = [0, 0.25, 0.5, 0.75, 1];

// A frame with two axes; x is linear unless it is given as log-odds.
class Chart {
  constructor(parent) {
    this.figure = add(parent, "figure");
    this.caption = add(this.figure, "figcaption");
    this.svg = add(this.figure, "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
    this.title = add(this.svg, "title");
    this.frame = add(this.svg, "g");
    this.body = add(this.svg, "g");
  }
  axes(x, y) {
    this.frame.replaceChildren();
    this.scale = x.odds ? logOdds : x.root ? Math.sqrt : (value) => value;
    [this.low, this.high] = x.range.map(this.scale);
    [this.yMin, this.yMax] = [y.range[0], y.range[1] > y.range[0] ? y.range[1] : y.range[0] + 1];
    for (const tick of y.ticks) {
      const at = this.y(tick);
      add(this.frame, "line", { class: "rule", x1: LEFT, x2: WIDTH - RIGHT, y1: at, y2: at });
      add(this.frame, "text", { x: LEFT - 6, y: at + 4, "text-anchor": "end" }, y.format(tick));
    }
    let last = -Infinity;
    for (const tick of x.ticks) {
      const at = this.x(tick);
      if (this.scale(tick) < this.low || this.scale(tick) > this.high || at - last < 34) continue;
      last = at;
      add(this.frame, "line", { class: "axis", x1: at, x2: at, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM + 4 });
      add(this.frame, "text", { x: at, y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, x.format(tick));
    }
    add(this.frame, "line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM });
    add(this.frame, "text", { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, x.title);
    add(this.frame, "text", { x: LEFT - 46, y: TOP - 2, "text-anchor": "start" }, y.title);
  }
  // The axis of a slider's thresholds.
  static thresholds(axis) {
    const bins = axis.histogram.edges;
    return { odds: true, range: [bins[0], bins[bins.length - 1]], ticks: TICKS, format: (x) => (x < 0.001 ? x.toExponential(0) : String(x)), title: `${axis.measure} (log-odds scale)` };
  }
  static shares(title) {
    return { range: [0, 1], ticks: SHARES, format: tickShare, title };
  }
  x(value) {
    const bounded = this.scale === logOdds ? Math.min(Math.max(value, 1e-9), 1 - 1e-9) : value;
    const at = (this.scale(bounded) - this.low) / (this.high - this.low || 1);
    return LEFT + Math.min(1, Math.max(0, at)) * (WIDTH - LEFT - RIGHT);
  }
  y(value) {
    const at = (value - this.yMin) / (this.yMax - this.yMin);
    return HEIGHT - BOTTOM - Math.min(1.02, Math.max(0, at)) * (HEIGHT - BOTTOM - TOP - 8);
  }
  // A line through points; those that are not defined break it off.
  line(xs, ys, kind = "line") {
    let said = "";
    ys.forEach((y, k) => {
      if (known(y) !== null && known(xs[k]) !== null) said += `${said ? "L" : "M"}${this.x(xs[k]).toFixed(1)} ${this.y(y).toFixed(1)}`;
    });
    return add(this.body, "path", { class: kind, d: said });
  }
  band(xs, lows, highs) {
    const places = xs.map((_, k) => k).filter((k) => known(lows[k]) !== null && known(highs[k]) !== null);
    if (!places.length) return;
    const there = places.map((k) => `${this.x(xs[k]).toFixed(1)} ${this.y(highs[k]).toFixed(1)}`);
    const back = places.reverse().map((k) => `${this.x(xs[k]).toFixed(1)} ${this.y(lows[k]).toFixed(1)}`);
    add(this.body, "path", { class: "band", d: `M${[...there, ...back].join("L")}Z` });
  }
  dot(x, y) {
    if (known(x) !== null && known(y) !== null) add(this.body, "circle", { class: "dot", r: 5, cx: this.x(x), cy: this.y(y) });
  }
  cut(threshold) {
    add(this.body, "line", { class: "cut", x1: this.x(threshold), x2: this.x(threshold), y1: TOP + 6, y2: HEIGHT - BOTTOM });
  }
  word(x, y, text, anchor = "start") {
    add(this.body, "text", { class: "said", x, y, "text-anchor": anchor }, text);
  }
  say(caption, description) {
    this.caption.textContent = caption;
    this.title.textContent = description;
    this.svg.setAttribute("aria-label", description);
  }
}

function niceTicks(low, high) {
  const step = 10 ** Math.floor(Math.log10((high - low || 1) / 3));
  const wide = [1, 2, 5, 10].map((m) => m * step).find((s) => (high - low) / s <= 5) || step * 10;
  const found = [];
  for (let tick = Math.ceil(low / wide) * wide; tick <= high + wide / 1e6; tick += wide) found.push(tick);
  return found;
}

function costChart(parent, sweep, i) {
  const axis = sweep.axes[i], chart = new Chart(parent);
  const per = sweep.n ? 1e5 / sweep.n : 0;
  const costs = Array.from(sweep.values.cost.value, (cost) => cost * per);
  const { low: lows, high: highs } = sweep.values.cost;
  const shown = sweep.slice(sweep.axes.map((a) => a.applied), i);
  const marked = [shown.at(-1), sweep.applied, ...(sweep.optimum === null ? [] : [sweep.optimum])]; // the last: its highest
  const end = (ends, point) => known(ends[point] * per) ?? costs[point];
  // The whole band where it matters; at thresholds far below the optimum costs may be a hundred times as high.
  const least = Math.min(...shown.map((p) => end(lows, p)));
  const highest = costs.reduce((a, b, p) => Math.max(a, end(highs, p)), 0);
  const most = Math.min(highest, 1.05 * Math.max(...marked.map((p) => end(highs, p)), 1.5 * least));
  const low = least > 0.6 * most ? least - 0.1 * (most - least) : 0;
  chart.axes(Chart.thresholds(axis), { range: [low, most], ticks: niceTicks(low, most), format: amount, title: `${sweep.currency} per 100,000 events` });
  return (places) => {
    chart.body.replaceChildren();
    const points = sweep.slice(places, i);
    chart.band(axis.thresholds, points.map((p) => lows[p] * per), points.map((p) => highs[p] * per));
    chart.line(axis.thresholds, points.map((p) => costs[p]));
    const range = sweep.optimumRange && sweep.optimumRange[i];
    if (range) {
      const y = HEIGHT - BOTTOM - 5;
      add(chart.body, "line", { class: "range", x1: chart.x(range[0]), x2: Math.max(chart.x(range[1]), chart.x(range[0]) + 2), y1: y, y2: y });
    }
    const found = [["Applied", sweep.applied], ...(sweep.optimum === null ? [] : [["Optimum", sweep.optimum]])];
    const right = Math.max(...found.map(([, point]) => sweep.places(point)[i]));
    for (const [name, point] of found) {
      const place = sweep.places(point)[i];
      const x = chart.x(axis.thresholds[place]), y = chart.y(costs[point]);
      if (name === "Applied") add(chart.body, "rect", { class: "mark", x: x - 4, y: y - 4, width: 8, height: 8 });
      else add(chart.body, "path", { class: "mark", d: `M${x} ${y - 6}L${x + 6} ${y}L${x} ${y + 6}L${x - 6} ${y}Z` });
      // The two may be neighbours: the left one is named to its left, and one above, the other below.
      const early = x < LEFT + 70 || (place === right && x < WIDTH - 90);
      chart.word(early ? x + 10 : x - 10, name === "Applied" ? y - 9 : y + 18, name, early ? "start" : "end");
    }
    const here = sweep.point(places), threshold = axis.thresholds[places[i]];
    chart.dot(threshold, costs[here]);
    chart.cut(threshold);
    const at = sweep.optimum === null ? null : edge(axis.thresholds[sweep.places(sweep.optimum)[i]]);
    const sure = range ? `, 95 % interval ${edge(range[0])} to ${edge(range[1])}` : "";
    const said = at === null ? `No threshold is cheapest: ${sweep.undefinedAs}` : `Cost is least at ${at}${sure}`;
    chart.say(said, `Line chart of cost against ${axis.measure}, with its 95 % interval. ${said}. At ${edge(threshold)} it is ${amount(costs[here])} ${sweep.currency} per 100,000.`);
  };
}

function alertChart(parent, sweep, i) {
  const axis = sweep.axes[i], chart = new Chart(parent);
  chart.axes(Chart.thresholds(axis), { ...Chart.shares("Alerts, share of events") });
  const share = (p) => (sweep.n ? sweep.at("alerts", p) / sweep.n : null);
  return (places) => {
    chart.body.replaceChildren();
    chart.line(axis.thresholds, sweep.slice(places, i).map(share));
    const threshold = axis.thresholds[places[i]], here = share(sweep.point(places));
    chart.dot(threshold, here);
    chart.cut(threshold);
    const said = `${percent(here)} of events are alerts`;
    chart.say(said, `Line chart of the share of alerts against ${axis.measure}. At ${edge(threshold)}, ${said}.`);
  };
}

function histogramChart(parent, sweep, i) {
  const axis = sweep.axes[i], chart = new Chart(parent);
  const { edges, counts } = axis.histogram;
  const sizes = counts.map((row) => row.reduce((a, b) => a + b, 0));
  const shares = counts.map((row, c) => row.map((n) => (sizes[c] ? n / sizes[c] : 0)));
  const most = 1.05 * Math.max(1e-9, ...shares.flat());
  chart.axes(Chart.thresholds(axis), { range: [0, most], ticks: niceTicks(0, most), format: tickShare, title: "Share of each class" });
  const each = sweep.classes.map((c, k) => `${c.name} ${whole.format(sizes[k])}`).join(", ");
  const name = axis.measure.charAt(0).toUpperCase() + axis.measure.slice(1);
  return (places) => {
    chart.body.replaceChildren();
    shares.forEach((row, c) => {
      let d = `M${chart.x(edges[0])} ${chart.y(0)}`;
      row.forEach((share, b) => {
        d += `L${chart.x(edges[b]).toFixed(1)} ${chart.y(share).toFixed(1)}L${chart.x(edges[b + 1]).toFixed(1)} ${chart.y(share).toFixed(1)}`;
      });
      const area = add(chart.body, "path", { d: `${d}L${chart.x(edges[edges.length - 1])} ${chart.y(0)}Z`, "fill-opacity": 0.28, "stroke-width": 1.5, "stroke-dasharray": ["none", "5 3", "2 2", "8 3 2 3"][c % 4] });
      area.style.fill = area.style.stroke = sweep.classes[c].color;
      const peak = row.indexOf(Math.max(...row));
      chart.word(Math.min(Math.max(chart.x(edges[peak]), LEFT + 20), WIDTH - RIGHT - 20), chart.y(row[peak]) - 4, sweep.classes[c].name, "middle");
    });
    chart.cut(axis.thresholds[places[i]]);
    chart.say(`${name} by class (n: ${each})`, `Histogram of ${axis.measure}, each class to the scale of its own size: ${each}. The cut is at ${edge(axis.thresholds[places[i]])}.`);
  };
}

function precisionChart(parent, sweep, i) {
  const axis = sweep.axes[i], chart = new Chart(parent);
  chart.axes(Chart.thresholds(axis), Chart.shares("Share"));
  return (places) => {
    chart.body.replaceChildren();
    const points = sweep.slice(places, i), here = sweep.point(places), threshold = axis.thresholds[places[i]];
    const first = (key) => points.map((p) => sweep.at(key, p)).find((v) => v !== null) ?? 0;
    const upper = first("recall") >= first("precision") ? "recall" : "precision";
    for (const [key, name, kind] of [["recall", "Recall", "line"], ["precision", "Precision", "line second"]]) {
      const { low, high } = sweep.values[key];
      chart.band(axis.thresholds, points.map((p) => low[p]), points.map((p) => high[p]));
      const values = points.map((p) => sweep.at(key, p));
      chart.line(axis.thresholds, values, kind);
      chart.dot(threshold, sweep.at(key, here));
      // Each name stands where its own line starts, for nothing else is there.
      chart.word(LEFT + 6, Math.min(chart.y(first(key)) + (key === upper ? -6 : 16), HEIGHT - BOTTOM - 14), name);
    }
    chart.cut(threshold);
    const said = `Precision ${percent(sweep.at("precision", here))}, recall ${percent(sweep.at("recall", here))}`;
    chart.say(said, `Line chart of precision and recall against ${axis.measure}, with 95 % intervals. At ${edge(threshold)}: ${said}.`);
  };
}

// Two rates against each other along a slider, with the point where it stands.
function pairChart(parent, sweep, i, [x, y], titles, reference, finding) {
  const chart = new Chart(parent);
  chart.axes(titles[0], Chart.shares(titles[1]));
  return (places) => {
    chart.body.replaceChildren();
    const points = sweep.slice(places, i), here = sweep.point(places);
    const [from, to] = reference(here), steps = Array.from({ length: 41 }, (_, k) => k / 40);
    chart.line(steps, steps.map((at) => from + at * (to - from)), "rule");
    chart.line(points.map((p) => sweep.at(x, p)), points.map((p) => sweep.at(y, p)));
    const at = [sweep.at(x, here), sweep.at(y, here)];
    if (at[0] !== null && at[1] !== null) {
      const [[x0, x1], [y0, y1]] = [sweep.between(x, here), sweep.between(y, here)];
      chart.line([x0, x1], [at[1], at[1]], "whisker");
      chart.line([at[0], at[0]], [y0, y1], "whisker");
    }
    chart.dot(...at);
    const said = finding(here);
    chart.say(said, `Line chart of ${titles[1].toLowerCase()} against ${titles[0].title.toLowerCase()}, the cross is the 95 % interval. ${said}.`);
  };
}

// Of roots, so that the few false alarms of a rare class can be told apart.
const FALSE_ALARMS = { root: true, range: [0, 1], ticks: [0, 0.01, 0.05, 0.1, 0.25, 0.5, 1], format: tickShare, title: "False-alarm rate (root scale)" };

const rocChart = (parent, sweep, i) =>
  pairChart(parent, sweep, i, ["false_alarm_rate", "recall"], [FALSE_ALARMS, "Recall"], () => [0, 1],
    (p) => `ROC: recall ${percent(sweep.at("recall", p))} at ${percent(sweep.at("false_alarm_rate", p))} false alarms`);

const prChart = (parent, sweep, i) => {
  const rate = (p) => {
    const total = sweep.classes.map((_, c) => sweep.ofClass(p, c));
    return total.slice(1).reduce((a, b) => a + b, 0) / total.reduce((a, b) => a + b, 0);
  };
  return pairChart(parent, sweep, i, ["recall", "precision"], [Chart.shares("Recall"), "Precision"], (p) => [rate(p), rate(p)],
    (p) => `PR: precision ${percent(sweep.at("precision", p))}; guessing reaches ${percent(rate(p))}`);
};

// Alerts of each day, what does not fit in another colour; days that are cut off by the file's ends are lighter.
function dayChart(parent, sweep) {
  const chart = new Chart(parent), { names, partial, capacity } = sweep.days, count = names.length;
  return (places) => {
    const here = sweep.point(places);
    const alerts = names.map((_, d) => sweep.onDay(d, here));
    const most = 1.1 * Math.max(1, ...alerts, capacity ?? 0);
    const every = Math.ceil(count / 6);
    const place = (k) => (k - 0.5 >= 0 && (k - 0.5) % every === 0 ? names[k - 0.5] : "");
    const ticks = names.map((_, d) => d + 0.5).filter((_, d) => d % every === 0);
    chart.axes({ range: [0, count], ticks, format: place, title: sweep.days.title }, { range: [0, most], ticks: niceTicks(0, most), format: amount, title: "Alerts to work per 24 h" });
    chart.body.replaceChildren();
    const gap = count > 40 ? 0.5 : 2;
    alerts.forEach((n, d) => {
      const left = chart.x(d) + gap / 2, width = Math.max(1, Math.min(chart.x(d + 1) - chart.x(d) - gap, 90));
      const fits = capacity === null ? n : Math.min(n, capacity);
      const at = left + (chart.x(d + 1) - chart.x(d) - gap - width) / 2;
      add(chart.body, "rect", { class: partial[d] ? "day partial" : "day", x: at, width, y: chart.y(fits), height: chart.y(0) - chart.y(fits) });
      if (n > fits) add(chart.body, "rect", { class: "over", x: at, width, y: chart.y(n), height: chart.y(fits) - chart.y(n) });
    });
    if (capacity !== null) {
      chart.line([0, count], [capacity, capacity], "limit");
      chart.word(WIDTH - RIGHT, chart.y(capacity) - 5, `capacity ${amount(capacity)}`, "end");
    }
    const over = capacity === null ? 0 : alerts.filter((n) => n > capacity + 1e-9).length;
    const busiest = amount(Math.max(...alerts));
    const made = sweep.days.made ? `${busiest} alerts to work per 24 h` : `Up to ${busiest} alerts to work in 24 h`;
    const said = capacity === null ? made : over ? `More than fit on ${over} of ${count} ${count > 1 ? "days" : "day"}; up to ${busiest}` : `Every day fits: up to ${busiest} of ${amount(capacity)}`;
    chart.say(said, `Bar chart of alerts per day. ${said}. ${sweep.days.why}${partial.some(Boolean) && !sweep.days.made ? "; lighter bars are parts of days" : ""}.`);
  };
}
