// The threshold cockpit, part 3: sliders, numbers and buttons.  Every number is looked up in the sweep; nothing is sent
// to the server until a button asks for it.

// What one would tell a manager.
function sentence(sweep, places) {
  const point = sweep.point(places), value = (name) => sweep.at(name, point);
  const at = sweep.axes.map((axis, i) => `${axis.measure} ≥ ${edge(axis.thresholds[places[i]])}`).join(" and ");
  const start = `At ${at}, ${amount(value("alerts_per_day"))} alerts a day`;
  if (!sweep.labelled) return `${start}.${unworked(sweep, point)} ${sweep.quiet}`;
  const recall = value("recall"), precision = value("precision");
  const caught = recall === null ? `(there are no ${sweep.attacks} events to catch)` : `catch ${inWords(recall)} ${sweep.attacks} events`;
  const real = precision === null ? "" : `; ${inWords(precision)} alerts are real`;
  const per = sweep.n ? 1 / sweep.spanDays : 0;
  const saved = `they save ${sweep.currency} ${amount(value("saved") * per)} a day and leave ${sweep.currency} ${amount(value("cost") * per)} of losses and work`;
  return `${start} ${caught}${real}; ${saved}.${unworked(sweep, point)}`;
}

// What is too much for the people there are; nothing where every day fits.
function unworked(sweep, point) {
  const { capacity, length } = sweep.days;
  const over = length.map((_, d) => (capacity === null ? 0 : Math.max(0, sweep.onDay(d, point) - capacity)));
  const days = over.filter((n) => n > 1e-9).length;
  if (!days) return "";
  const where = length.length > 1 ? `On ${days} of ${length.length} days` : "Each day";
  return ` ${where} people cannot get to all alerts, at worst ${amount(Math.max(...over))} in 24 h: those are let through.`;
}

function tiles(sweep, point, unit) {
  const per = unit === "rate" && sweep.n ? 1e5 / sweep.n : 1;
  const suffix = unit === "rate" ? " per 100,000" : "";
  const cash = (x) => `${sweep.currency} ${amount(x)}`;
  const tile = (name, title, format, scale, beside) => {
    const value = sweep.at(name, point);
    const words = format === cash ? amount : format;
    const range = value === null ? "" : sweep.between(name, point).map((x) => words(x * scale)).join(" – ");
    return { name, title, value, text: value === null ? "–" : format(value * scale), range, beside };
  };
  const found = [tile("alerts", `Alerts${suffix}`, amount, per, `of ${whole.format(sweep.n)} events`), tile("alerts_per_day", "Alerts per day", amount, 1, sweep.days.why)];
  if (!sweep.labelled) return found;
  const attacks = sweep.classes.slice(1).reduce((sum, _, c) => sum + sweep.ofClass(point, c + 1), 0);
  const counts = (part, all, of) => `${amount(part)} of ${amount(all)} ${of}`;
  const caught = (sweep.at("recall", point) ?? 0) * attacks, honest = sweep.ofClass(point, 0);
  found.unshift(tile("cost", `Cost${suffix}`, cash, per, unit === "rate" ? "losses, friction and work" : `losses, friction and work, ${whole.format(sweep.n)} events`));
  found.splice(1, 0, tile("saved", `Saved${suffix}`, cash, per, "losses prevented"), tile("lost", `Lost${suffix}`, cash, per, "to attacks let through"));
  found.push(tile("recall", "Recall", percent, 1, attacks ? counts(caught, attacks, `${sweep.attacks} events`) : `no ${sweep.attacks} events`));
  found.push(tile("precision", "Precision", percent, 1, counts(caught, sweep.at("alerts", point), "alerts")));
  found.push(tile("false_alarm_rate", "False-alarm rate", percent, 1, counts((sweep.at("false_alarm_rate", point) ?? 0) * honest, honest, `${sweep.classes[0].name} events`)));
  return found;
}

function drawNumbers(list, sweep, point, unit) {
  list.replaceChildren();
  for (const { name, title, text, value, range, beside } of tiles(sweep, point, unit)) {
    const tile = add(list, "div");
    add(tile, "dt", {}, title);
    add(tile, "dd", { class: "value", "data-metric": name, "data-value": value === null ? "" : String(value) }, text);
    add(tile, "dd", { class: "range" }, range);
    add(tile, "dd", { class: "beside" }, beside);
  }
}

function drawMix(root, sweep, point) {
  const bar = root.querySelector(".bar"), legend = root.querySelector(".legend");
  bar.replaceChildren();
  legend.replaceChildren();
  const said = sweep.actions.map((action, a) => {
    const n = sweep.ofAction(point, a), share = sweep.n ? n / sweep.n : 0;
    const part = add(bar, "span");
    part.style.cssText = `flex: ${share} 0 0; background: ${action.color}`;
    const line = add(legend, "li");
    add(line, "span", { class: "swatch" }).style.background = action.color;
    add(line, "span", {}, action.label);
    const [low, high] = sweep.between(`share_${action.key}`, point);
    add(line, "span", { class: "share" }, `${percent(share)} (${percent(low)} – ${percent(high)}) · ${amount(n)}`);
    return `${action.label} ${percent(share)}`;
  });
  bar.setAttribute("aria-label", `Action mix: ${said.join(", ")}`);
}

function drawMatrix(table, sweep, point, unit) {
  table.replaceChildren();
  const head = add(add(table, "thead"), "tr");
  const several = sweep.classes.length > 1; // without labels all events are one class, and need no sum
  const names = sweep.classes.map((c) => c.name);
  for (const name of ["Action", ...names, ...(several ? ["All"] : [])]) add(head, "th", { scope: "col" }, name);
  const body = add(table, "tbody");
  const ofClass = sweep.classes.map((_, c) => sweep.ofClass(point, c));
  const cash = unit === "money" && sweep.labelled, what = cash ? "price" : "cell";
  const show = (n, all) => {
    if (cash) return `${sweep.currency} ${amount(n)}`;
    if (unit === "rate") return sweep.n ? amount((1e5 * n) / sweep.n) : "–";
    return unit === "share" ? percent(all ? n / all : null) : amount(n);
  };
  sweep.actions.forEach((action, a) => {
    const row = add(body, "tr");
    add(row, "th", { scope: "row" }, action.label);
    sweep.classes.forEach((_, c) => {
      add(row, "td", { "data-cell": `${a} ${c}`, "data-value": String(sweep.cell(point, a, c)) }, show(sweep[what](point, a, c), ofClass[c]));
    });
    if (several) add(row, "td", {}, show(sweep.ofAction(point, a, what), sweep.n));
  });
}

function buildSliders(box, sweep, id, move) {
  box.replaceChildren();
  return sweep.axes.map((axis, i) => {
    const slider = add(box, "div", { class: "slider" });
    const head = add(slider, "div", { class: "head" });
    add(head, "label", { for: `${id}-${i}` }, `${axis.action} from ${axis.measure} ≥`);
    const field = add(head, "input", { type: "number", min: 0, max: 1, step: "any", "aria-label": `Threshold of ${axis.action}` });
    const nearest = add(head, "span", { class: "nearest", role: "status" });
    const others = add(head, "span", { class: "others" });
    const range = add(slider, "input", { type: "range", id: `${id}-${i}`, min: 0, max: axis.thresholds.length - 1, step: 1 });
    const ends = add(slider, "div", { class: "ends" });
    add(ends, "span", {}, `${edge(axis.thresholds[0])} · most alerts`);
    add(ends, "span", {}, `fewest alerts · ${edge(axis.thresholds[axis.thresholds.length - 1])}`);
    range.oninput = () => move(i, Number(range.value));
    field.onchange = () => field.value !== "" && move(i, sweep.nearest(i, Number(field.value)), Number(field.value));
    return { field, range, nearest, others };
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

function buildUnits(units, sweep, chosen, choose) {
  units.querySelectorAll("label").forEach((label) => label.remove());
  for (const [key, name] of UNITS.filter(([key]) => key !== "money" || sweep.labelled)) {
    const label = add(units, "label");
    const radio = add(label, "input", { type: "radio", name: "unit", value: key });
    radio.checked = key === chosen;
    radio.onchange = () => choose(key);
    add(label, "span", {}, name);
  }
}

// The address rebuilds the view: thresholds and unit.  What it says is read once, when the cockpit is first drawn.
function linked(sweep) {
  const said = new URL(location.href).searchParams;
  const at = (said.get("t") ?? "").split(",").map(Number);
  const unit = UNITS.some(([key]) => key === said.get("show")) ? said.get("show") : "count";
  return { thresholds: at.length === sweep.axes.length && at.every((x) => x > 0 && x <= 1) ? at : null, unit };
}

function keepLink(view, sweep, places) {
  const url = new URL(location.href);
  const at = sweep.point(places) === sweep.applied ? null : view.thresholds.join(",");
  for (const [key, value] of [["t", at], ["show", view.unit === "count" ? null : view.unit]]) {
    if (value === null) url.searchParams.delete(key);
    else url.searchParams.set(key, value);
  }
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".cockpit");
  const sweep = new Sweep(data);
  const before = parentElement.cockpit; // a rerun keeps the sliders where they are, unless they mean something else now
  const view = before && before.about === data.about ? before : { about: data.about, ...(before ? { thresholds: null, unit: before.unit } : linked(sweep)) };
  parentElement.cockpit = view;
  let places = view.thresholds ? view.thresholds.map((t, i) => sweep.nearest(i, t)) : sweep.places(sweep.applied);

  let asked = view.thresholds ?? []; // what was typed, or in the address: told where it is not among the thresholds
  const move = (i, place, said) => { asked = []; asked[i] = said; places = places.map((p, j) => (j === i ? place : p)); update(); };
  const jump = (point) => { asked = []; places = sweep.places(point); update(); };
  const sliders = buildSliders(root.querySelector(".sliders"), sweep, "threshold", move);
  buildUnits(root.querySelector(".units"), sweep, view.unit, (unit) => { view.unit = unit; update(); });

  const box = root.querySelector(".charts");
  box.replaceChildren();
  const two = sweep.labelled && sweep.curves;
  const charts = sweep.axes.flatMap((_, i) => [...(sweep.labelled ? [costChart] : [alertChart]), histogramChart].map((kind) => kind(box, sweep, i)));
  if (two) charts.push(...[precisionChart, prChart, rocChart].map((kind) => kind(box, sweep, 0)));
  charts.push(dayChart(box, sweep));

  const button = (name) => root.querySelector(`button.${name}`);
  button("optimum").disabled = sweep.optimum === null;
  button("optimum").onclick = () => jump(sweep.optimum);
  button("applied").onclick = () => jump(sweep.applied);
  for (const name of ["use", "compare", "receipt"]) button(name).onclick = () => setTriggerValue(name, { thresholds: view.thresholds, seen: data.seen });

  function update() {
    const point = sweep.point(places);
    view.thresholds = places.map((place, i) => sweep.axes[i].thresholds[place]);
    root.querySelector(".sentence").textContent = sentence(sweep, places);
    sliders.forEach(({ field, range, nearest, others }, i) => {
      const near = asked[i] !== undefined && asked[i] !== view.thresholds[i];
      range.value = places[i];
      field.value = String(view.thresholds[i]);
      nearest.textContent = near ? `nearest of the ${whole.format(sweep.sizes[i])} to ${asked[i]}` : "";
      range.setAttribute("aria-valuetext", `${sweep.axes[i].measure} at least ${edge(view.thresholds[i])}`);
      others.textContent = otherEdges(sweep, point);
    });
    drawNumbers(root.querySelector(".numbers"), sweep, point, view.unit);
    drawMix(root, sweep, point);
    drawMatrix(root.querySelector("table"), sweep, point, view.unit);
    charts.forEach((draw) => draw(places));
    button("use").disabled = point === sweep.applied && !sweep.rebind;
    button("compare").disabled = point === sweep.applied;
    const why = sweep.labelled && sweep.optimum === null ? `The optimum is undefined: ${sweep.undefinedAs}. ` : "";
    root.querySelector(".note").textContent = why + (button("use").disabled ? "These thresholds are in force." : "");
    keepLink(view, sweep, places);
  }
  update();

  // A rerun that opens a tab pushes the address as the server knows it, with thresholds of before.
  const here = location.pathname;
  const again = () => location.pathname === here && keepLink(view, sweep, places);
  if (view.forget) view.forget();
  window.navigation?.addEventListener("currententrychange", again);
  view.forget = () => window.navigation?.removeEventListener("currententrychange", again);
  return view.forget;
}
