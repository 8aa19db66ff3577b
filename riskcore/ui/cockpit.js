// The threshold cockpit: every number under the sliders is looked up in a sweep that came with the page.
// Nothing is sent to the server until "Use this".  Data reaches the page as text only, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const Z = 1.959963984540054; // normal quantile of a 95 % interval, as in riskcore.services.evaluation
const WIDTH = 420, HEIGHT = 230, LEFT = 52, RIGHT = 12, TOP = 12, BOTTOM = 40;
const TICKS = [1e-6, 1e-5, 1e-4, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999];
const UNITS = [["count", "Counts"], ["rate", "Per 100,000 events"], ["share", "Share of class"]];

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const percent = (x) => (x === null ? "–" : `${x === 0 || x === 1 ? 100 * x : x >= 0.1 ? (100 * x).toFixed(1) : short.format(100 * x)} %`);
const tickShare = (x) => `${short.format(100 * x)} %`;
const amount = (x) => (x === null ? "–" : Math.abs(x) >= 100 ? whole.format(x) : short.format(x));
const edge = (x) => (x > 0.999 && x < 1 ? "> 0.999" : x < 1e-4 ? x.toExponential(2) : x.toPrecision(3));
const logOdds = (p) => Math.log(p / (1 - p));

// Wilson score interval of a share (Wilson 1927), as in riskcore.services.evaluation.
function wilson(hits, n) {
  if (!n) return [0, 1];
  const share = hits / n, slack = (Z * Z) / n;
  const centre = (share + slack / 2) / (1 + slack);
  const half = (Z * Math.sqrt((share * (1 - share)) / n + slack / n / 4)) / (1 + slack);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

// "about 4 of 5", where a small fraction is close enough; otherwise the percentage.
function inWords(share) {
  if (share === 1) return "all";
  if (share === 0) return "none of the";
  for (let below = 2; below <= 10; below++) {
    const above = Math.round(share * below);
    if (above > 0 && above < below && Math.abs(above / below - share) <= 0.015) return `about ${above} of ${below}`;
  }
  return `${percent(share)} of`;
}

function add(parent, name, attributes = {}, text = null) {
  const element = parent instanceof SVGElement || name === "svg" ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  parent.appendChild(element);
  return element;
}

// The sweep: places (one index per slider) → point → numbers.
class Sweep {
  constructor(data) {
    Object.assign(this, data);
    this.sizes = this.axes.map((axis) => axis.thresholds.length);
    this.applied = this.point(this.axes.map((axis) => axis.applied));
  }
  point(places) {
    return places.reduce((flat, place, i) => flat * this.sizes[i] + place, 0);
  }
  places(point) {
    const found = [];
    for (let i = this.sizes.length - 1; i >= 0; i--) {
      found.unshift(point % this.sizes[i]);
      point = Math.floor(point / this.sizes[i]);
    }
    return found;
  }
  nearest(i, threshold) {
    const found = this.axes[i].thresholds;
    let best = 0;
    for (let k = 1; k < found.length; k++) if (Math.abs(found[k] - threshold) < Math.abs(found[best] - threshold)) best = k;
    return best;
  }
  cell(point, action, cls) {
    return this.confusion[(point * this.actions.length + action) * this.classes.length + cls];
  }
  total(point, action) {
    let sum = 0;
    for (let c = 0; c < this.classes.length; c++) sum += this.cell(point, action, c);
    return sum;
  }
  // An alert is any event whose action is not the mildest; the same numbers as Sweep.metrics in Python.
  metrics(point) {
    let alerts = 0, caught = 0, attacks = 0, honest = 0, genuine = 0;
    for (let a = 0; a < this.actions.length; a++) {
      for (let c = 0; c < this.classes.length; c++) {
        const n = this.cell(point, a, c);
        if (a > 0) alerts += n;
        if (c === 0) { genuine += n; if (a > 0) honest += n; } else { attacks += n; if (a > 0) caught += n; }
      }
    }
    const share = (x, n) => (n ? x / n : null);
    const said = { alerts, alerts_per_100k: this.n ? (1e5 * alerts) / this.n : null };
    if (this.cost === null) return said;
    return {
      ...said, caught, attacks, honest, genuine,
      precision: share(caught, alerts), recall: share(caught, attacks), false_alarm_rate: share(honest, genuine),
      cost: this.cost[point], cost_per_100k: this.n ? (1e5 * this.cost[point]) / this.n : null,
    };
  }
}

// One chart over the thresholds of one slider, on a log-odds scale.
class Chart {
  constructor(parent, axis, yLabel, yMin, yMax, yTicks, yFormat) {
    this.figure = add(parent, "figure");
    this.caption = add(this.figure, "figcaption");
    this.svg = add(this.figure, "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
    this.title = add(this.svg, "title");
    const bins = axis.histogram.edges;
    this.low = logOdds(bins[0]);
    this.high = logOdds(bins[bins.length - 1]);
    this.yMin = yMin;
    this.yMax = yMax > yMin ? yMax : yMin + 1;
    for (const tick of yTicks) {
      const y = this.y(tick);
      add(this.svg, "line", { class: "rule", x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y });
      add(this.svg, "text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, yFormat(tick));
    }
    let last = -Infinity;
    for (const tick of TICKS) {
      const x = this.x(tick);
      if (logOdds(tick) < this.low || logOdds(tick) > this.high || x - last < 34) continue;
      last = x;
      add(this.svg, "line", { class: "axis", x1: x, x2: x, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM + 4 });
      add(this.svg, "text", { x, y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, String(tick));
    }
    add(this.svg, "line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM });
    add(this.svg, "text", { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, `${axis.measure} (log-odds scale)`);
    add(this.svg, "text", { x: LEFT - 46, y: TOP - 2, "text-anchor": "start" }, yLabel);
    this.body = add(this.svg, "g");
    this.cut = add(this.svg, "line", { class: "cut", y1: TOP + 6, y2: HEIGHT - BOTTOM });
  }
  x(p) {
    const at = (logOdds(Math.min(Math.max(p, 1e-9), 1 - 1e-9)) - this.low) / (this.high - this.low);
    return LEFT + Math.min(1, Math.max(0, at)) * (WIDTH - LEFT - RIGHT);
  }
  y(value) {
    const at = (value - this.yMin) / (this.yMax - this.yMin);
    return HEIGHT - BOTTOM - Math.min(1.02, Math.max(0, at)) * (HEIGHT - BOTTOM - TOP - 8);
  }
  path(thresholds, values) {
    let said = "";
    values.forEach((value, k) => {
      if (value !== null) said += `${said ? "L" : "M"}${this.x(thresholds[k]).toFixed(1)} ${this.y(value).toFixed(1)}`;
    });
    return said;
  }
  dot(kind, threshold, value, label) {
    const mark = add(this.body, "circle", { class: kind, r: kind === "dot" ? 5 : 4, cx: this.x(threshold), cy: this.y(value) });
    if (label) add(mark, "title", {}, label);
    return mark;
  }
  moveCut(threshold) {
    this.cut.setAttribute("x1", this.x(threshold));
    this.cut.setAttribute("x2", this.x(threshold));
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

// Points of the sweep along slider i while the others stay.
function slice(sweep, places, i) {
  return sweep.axes[i].thresholds.map((_, k) => sweep.point(places.map((place, j) => (j === i ? k : place))));
}

function costChart(parent, sweep, i) {
  const axis = sweep.axes[i];
  const per = sweep.n ? 1e5 / sweep.n : 0;
  const costs = sweep.cost.map((cost) => cost * per);
  const least = Math.min(...slice(sweep, sweep.axes.map((a) => a.applied), i).map((p) => costs[p]), ...(sweep.optimum === null ? [] : [costs[sweep.optimum]]));
  const nothing = costs[slice(sweep, sweep.axes.map((a) => a.applied), i).at(-1)]; // this threshold at its highest
  const most = Math.min(Math.max(...costs), 1.15 * Math.max(nothing, costs[sweep.applied], 1.5 * least));
  const low = least > 0.6 * most ? least - 0.2 * (most - least) : 0;
  const chart = new Chart(parent, axis, `${sweep.currency} per 100,000 events`, low, most, niceTicks(low, most), amount);
  const line = add(chart.body, "path", { class: "line" });
  const marks = add(chart.body, "g");
  const dot = add(chart.body, "circle", { class: "dot", r: 5 });
  return (places) => {
    const points = slice(sweep, places, i);
    line.setAttribute("d", chart.path(axis.thresholds, points.map((p) => costs[p])));
    marks.replaceChildren();
    const found = [["Applied", sweep.applied], ...(sweep.optimum === null ? [] : [["Optimum", sweep.optimum]])];
    const right = Math.max(...found.map(([, point]) => sweep.places(point)[i]));
    for (const [name, point] of found) {
      const place = sweep.places(point)[i];
      const x = chart.x(axis.thresholds[place]), y = chart.y(costs[point]);
      if (name === "Applied") add(marks, "rect", { class: "mark", x: x - 4, y: y - 4, width: 8, height: 8 });
      else add(marks, "path", { class: "mark", d: `M${x} ${y - 6}L${x + 6} ${y}L${x} ${y + 6}L${x - 6} ${y}Z` });
      // The two may be neighbours: the left one is named to its left, and one above, the other below.
      const early = x < LEFT + 70 || (place === right && x < WIDTH - 90);
      add(marks, "text", { class: "said", x: early ? x + 10 : x - 10, y: name === "Applied" ? y - 9 : y + 18, "text-anchor": early ? "start" : "end" }, name);
    }
    const here = sweep.point(places), threshold = axis.thresholds[places[i]];
    dot.setAttribute("cx", chart.x(threshold));
    dot.setAttribute("cy", chart.y(costs[here]));
    chart.moveCut(threshold);
    const best = sweep.optimum === null ? null : edge(axis.thresholds[sweep.places(sweep.optimum)[i]]);
    const said = best === null ? "Cost is the same everywhere" : `Cost is least at ${best}: ${sweep.currency} ${amount(costs[sweep.optimum])} per 100,000`;
    chart.say(said, `Line chart of cost against ${axis.measure}. ${said}. At ${edge(threshold)} it is ${amount(costs[here])}.`);
  };
}

function alertChart(parent, sweep, i) {
  const axis = sweep.axes[i];
  const chart = new Chart(parent, axis, "Alerts, share of events", 0, 1, [0, 0.25, 0.5, 0.75, 1], tickShare);
  const line = add(chart.body, "path", { class: "line" });
  const dot = add(chart.body, "circle", { class: "dot", r: 5 });
  const share = (point) => (sweep.n ? sweep.metrics(point).alerts / sweep.n : null);
  return (places) => {
    line.setAttribute("d", chart.path(axis.thresholds, slice(sweep, places, i).map(share)));
    const threshold = axis.thresholds[places[i]], here = share(sweep.point(places));
    dot.setAttribute("cx", chart.x(threshold));
    dot.setAttribute("cy", chart.y(here ?? 0));
    chart.moveCut(threshold);
    const said = `${percent(here)} of events are alerts`;
    chart.say(said, `Line chart of the share of alerts against ${axis.measure}. At ${edge(threshold)}, ${said}.`);
  };
}

function histogramChart(parent, sweep, i) {
  const axis = sweep.axes[i];
  const { edges, counts } = axis.histogram;
  const shares = counts.map((row) => {
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((n) => (sum ? n / sum : 0));
  });
  const most = 1.05 * Math.max(1e-9, ...shares.flat());
  const chart = new Chart(parent, axis, "Share of each class", 0, most, niceTicks(0, most), tickShare);
  shares.forEach((row, c) => {
    let d = `M${chart.x(edges[0])} ${chart.y(0)}`;
    row.forEach((share, b) => {
      d += `L${chart.x(edges[b]).toFixed(1)} ${chart.y(share).toFixed(1)}L${chart.x(edges[b + 1]).toFixed(1)} ${chart.y(share).toFixed(1)}`;
    });
    d += `L${chart.x(edges[edges.length - 1])} ${chart.y(0)}Z`;
    const area = add(chart.body, "path", { d, "fill-opacity": 0.28, "stroke-width": 1.5, "stroke-dasharray": ["none", "5 3", "2 2", "8 3 2 3"][c % 4] });
    area.style.fill = area.style.stroke = sweep.classes[c].color;
    const peak = row.indexOf(Math.max(...row));
    const x = Math.min(Math.max(chart.x(edges[peak]), LEFT + 20), WIDTH - RIGHT - 20);
    add(chart.svg, "text", { class: "said", x, y: chart.y(row[peak]) - 4, "text-anchor": "middle" }, sweep.classes[c].name);
  });
  return (places) => {
    const threshold = axis.thresholds[places[i]];
    chart.moveCut(threshold);
    const name = axis.measure.charAt(0).toUpperCase() + axis.measure.slice(1);
    const each = sweep.classes.map((c, k) => `${c.name} ${whole.format(counts[k].reduce((a, b) => a + b, 0))}`).join(", ");
    chart.say(`${name} by class (n: ${each})`, `Histogram of ${axis.measure}, each class to the scale of its own size: ${each}. The cut is at ${edge(threshold)}.`);
  };
}

function precisionChart(parent, sweep, i) {
  const axis = sweep.axes[i];
  const chart = new Chart(parent, axis, "Share", 0, 1, [0, 0.25, 0.5, 0.75, 1], tickShare);
  const series = [["recall", "Recall", ""], ["precision", "Precision", " second"]].map(([key, name, dash]) => ({
    key, name, line: add(chart.body, "path", { class: `line${dash}` }), dot: add(chart.body, "circle", { class: "dot", r: 5 }),
    label: add(chart.body, "text", { class: "said" }, name),
  }));
  return (places) => {
    const points = slice(sweep, places, i).map((p) => sweep.metrics(p));
    const here = sweep.metrics(sweep.point(places)), threshold = axis.thresholds[places[i]];
    for (const { key, line, dot, label } of series) {
      const values = points.map((m) => m[key]);
      line.setAttribute("d", chart.path(axis.thresholds, values));
      dot.setAttribute("visibility", here[key] === null ? "hidden" : "visible");
      dot.setAttribute("cx", chart.x(threshold));
      dot.setAttribute("cy", chart.y(here[key] ?? 0));
      // Each name stands where its own line starts, for nothing else is there.
      label.setAttribute("x", LEFT + 6);
      label.setAttribute("y", chart.y(values.find((v) => v !== null) ?? 0) + (key === "recall" ? -5 : -6));
    }
    chart.moveCut(threshold);
    const said = `Precision ${percent(here.precision)}, recall ${percent(here.recall)}`;
    chart.say(said, `Line chart of precision and recall against ${axis.measure}. At ${edge(threshold)}: ${said}.`);
  };
}

function sentence(sweep, places) {
  const said = sweep.metrics(sweep.point(places));
  const at = sweep.axes.map((axis, i) => `${axis.measure} ≥ ${edge(axis.thresholds[places[i]])}`).join(" and ");
  const alerts = `At ${at}, ${said.alerts_per_100k === null ? "no" : amount(said.alerts_per_100k)} alerts per 100,000 events`;
  if (sweep.cost === null) return `${alerts}. ${sweep.quiet}`;
  const parts = [];
  if (said.recall !== null) parts.push(`catch ${inWords(said.recall)} ${sweep.attacks} events`);
  else parts.push(`(there are no ${sweep.attacks} events to catch)`);
  let text = `${alerts} ${parts[0]}`;
  if (said.precision !== null) text += `; ${inWords(said.precision)} alerts are real`;
  return `${text}; losses and work cost ${sweep.currency} ${amount(said.cost_per_100k)} per 100,000 events.`;
}

function tiles(sweep, said) {
  const between = (hits, n, of) => {
    const [low, high] = wilson(hits, n);
    return n ? `${percent(low)} – ${percent(high)}, ${whole.format(hits)} of ${whole.format(n)} ${of}` : `no ${of}`;
  };
  const found = [
    ["alerts_per_100k", "Alerts per 100,000", amount(said.alerts_per_100k), said.alerts_per_100k, `${whole.format(said.alerts)} of ${whole.format(sweep.n)} events`],
    ["alerts_per_day", "Alerts per day", amount(sweep.n ? (said.alerts / sweep.n) * sweep.perDay : null), sweep.n ? (said.alerts / sweep.n) * sweep.perDay : null, `of ${whole.format(sweep.perDay)} events; ${sweep.perDayWhy}`],
  ];
  if (sweep.cost === null) return found;
  found.unshift(["cost_per_100k", "Cost per 100,000", `${sweep.currency} ${amount(said.cost_per_100k)}`, said.cost_per_100k, `${sweep.currency} ${amount(said.cost)} over these ${whole.format(sweep.n)}`]);
  found.push(["recall", "Recall", percent(said.recall), said.recall, between(said.caught, said.attacks, `${sweep.attacks} events`)]);
  found.push(["precision", "Precision", percent(said.precision), said.precision, between(said.caught, said.alerts, "alerts")]);
  found.push(["false_alarm_rate", "False-alarm rate", percent(said.false_alarm_rate), said.false_alarm_rate, between(said.honest, said.genuine, `${sweep.classes[0].name} events`)]);
  return found;
}

function drawNumbers(list, sweep, point) {
  list.replaceChildren();
  for (const [key, name, text, value, beside] of tiles(sweep, sweep.metrics(point))) {
    const tile = add(list, "div");
    add(tile, "dt", {}, name);
    add(tile, "dd", { class: "value", "data-metric": key, "data-value": value === null ? "" : String(value) }, text);
    add(tile, "dd", { class: "beside" }, beside);
  }
}

function drawMix(root, sweep, point) {
  const bar = root.querySelector(".bar"), legend = root.querySelector(".legend");
  bar.replaceChildren();
  legend.replaceChildren();
  const said = sweep.actions.map((action, a) => {
    const n = sweep.total(point, a), share = sweep.n ? n / sweep.n : 0;
    const part = add(bar, "span");
    part.style.cssText = `flex: ${share} 0 0; background: ${action.color}`;
    const line = add(legend, "li");
    add(line, "span", { class: "swatch" }).style.background = action.color;
    add(line, "span", {}, action.label);
    add(line, "span", { class: "share" }, `${percent(share)} · ${whole.format(n)}`);
    return `${action.label} ${percent(share)}`;
  });
  bar.setAttribute("aria-label", `Action mix: ${said.join(", ")}`);
}

function drawMatrix(table, sweep, point, unit) {
  table.replaceChildren();
  const head = add(add(table, "thead"), "tr");
  for (const name of ["Action", ...sweep.classes.map((c) => c.name), "All"]) add(head, "th", { scope: "col" }, name);
  const body = add(table, "tbody");
  const ofClass = sweep.classes.map((_, c) => sweep.actions.reduce((sum, _, a) => sum + sweep.cell(point, a, c), 0));
  const show = (n, all) => {
    if (unit === "count") return whole.format(n);
    if (unit === "rate") return sweep.n ? amount((1e5 * n) / sweep.n) : "–";
    return percent(all ? n / all : null);
  };
  sweep.actions.forEach((action, a) => {
    const row = add(body, "tr");
    add(row, "th", { scope: "row" }, action.label);
    sweep.classes.forEach((_, c) => {
      const n = sweep.cell(point, a, c);
      add(row, "td", { "data-cell": `${a} ${c}`, "data-value": String(n) }, show(n, ofClass[c]));
    });
    add(row, "td", {}, show(sweep.total(point, a), sweep.n));
  });
}

function buildSliders(box, sweep, id, move) {
  box.replaceChildren();
  return sweep.axes.map((axis, i) => {
    const slider = add(box, "div", { class: "slider" });
    const head = add(slider, "div", { class: "head" });
    add(head, "label", { for: `${id}-${i}` }, `${axis.action} from ${axis.measure} ≥`);
    const field = add(head, "input", { type: "number", min: 0, max: 1, step: "any", "aria-label": `Threshold of ${axis.action}` });
    const others = add(head, "span", { class: "others" });
    const range = add(slider, "input", { type: "range", id: `${id}-${i}`, min: 0, max: axis.thresholds.length - 1, step: 1 });
    const ends = add(slider, "div", { class: "ends" });
    add(ends, "span", {}, `${edge(axis.thresholds[0])} · most alerts`);
    add(ends, "span", {}, `fewest alerts · ${edge(axis.thresholds[axis.thresholds.length - 1])}`);
    range.oninput = () => move(i, Number(range.value));
    field.onchange = () => field.value !== "" && move(i, sweep.nearest(i, Number(field.value)));
    return { field, range, others };
  });
}

// Where the other bands' edges lie, which a slider pushes along.
function otherEdges(sweep, point) {
  const moved = sweep.axes.map((axis) => axis.band);
  return sweep.bands
    .map((band, b) => [b, band.action, sweep.edges[point * sweep.bands.length + b], band.edge])
    .filter(([b]) => b > 0 && !moved.includes(b))
    .map(([, action, at, was]) => `${action} from ${edge(at)}${at === was ? "" : " (pushed along)"}`)
    .join(", ");
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".cockpit");
  const sweep = new Sweep(data);
  const before = parentElement.cockpit; // a rerun keeps the sliders where they are, unless they mean something else now
  const view = before && before.about === data.about ? before : { about: data.about, unit: "count", thresholds: null };
  parentElement.cockpit = view;
  let places = view.thresholds ? view.thresholds.map((t, i) => sweep.nearest(i, t)) : sweep.places(sweep.applied);

  const move = (i, place) => { places = places.map((p, j) => (j === i ? place : p)); update(); };
  const jump = (point) => { places = sweep.places(point); update(); };
  const sliders = buildSliders(root.querySelector(".sliders"), sweep, "threshold", move);

  const units = root.querySelector(".units");
  units.querySelectorAll("label").forEach((label) => label.remove());
  for (const [key, name] of UNITS) {
    const label = add(units, "label");
    const radio = add(label, "input", { type: "radio", name: "unit", value: key });
    radio.checked = key === view.unit;
    radio.onchange = () => { view.unit = key; update(); };
    add(label, "span", {}, name);
  }

  const box = root.querySelector(".charts");
  box.replaceChildren();
  const charts = sweep.axes.flatMap((_, i) => {
    const kinds = sweep.cost === null ? [alertChart, histogramChart] : [costChart, histogramChart, precisionChart];
    return kinds.map((kind) => kind(box, sweep, i));
  });

  const [optimum, applied, use] = ["optimum", "applied", "use"].map((name) => root.querySelector(`button.${name}`));
  optimum.disabled = sweep.optimum === null;
  optimum.onclick = () => jump(sweep.optimum);
  applied.onclick = () => jump(sweep.applied);
  use.onclick = () => setTriggerValue("use", { places, seen: data.seen });

  function update() {
    const point = sweep.point(places);
    view.thresholds = places.map((place, i) => sweep.axes[i].thresholds[place]);
    root.querySelector(".sentence").textContent = sentence(sweep, places);
    sliders.forEach(({ field, range, others }, i) => {
      range.value = places[i];
      field.value = String(Number(view.thresholds[i].toPrecision(6)));
      range.setAttribute("aria-valuetext", `${sweep.axes[i].measure} at least ${edge(view.thresholds[i])}`);
      others.textContent = otherEdges(sweep, point);
    });
    drawNumbers(root.querySelector(".numbers"), sweep, point);
    drawMix(root, sweep, point);
    drawMatrix(root.querySelector("table"), sweep, point, view.unit);
    charts.forEach((draw) => draw(places));
    use.disabled = point === sweep.applied && !sweep.rebind;
    const why = sweep.cost !== null && sweep.optimum === null ? "The optimum is undefined: every threshold costs the same. " : "";
    root.querySelector(".note").textContent = why + (use.disabled ? "These thresholds are in force." : "");
  }
  update();
}
