// Score one's desk: the form, and what follows from the event on it.  Every change goes to the server as one event and
// comes back as one answer; which class is explained, presets and undo need no answer.  All data is shown as text.

const WAIT = 80; // ms without a further change before one is sent
const KEPT = 50; // steps that can be undone
const MOST_BARS = 10; // fields with a bar of their own; the others share one
const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  pass: ["M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18", "M8 12.5l3 3l5-6.5"],
  challenge: ["M6 11h12v9H6z", "M8.5 11V8a3.5 3.5 0 0 1 7 0v3", "M12 14.5v2"],
  review: ["M2 12c3-5 6.5-7 10-7s7 2 10 7c-3 5-6.5 7-10 7s-7-2-10-7z", "M12 9a3 3 0 1 0 0 6a3 3 0 1 0 0-6"],
  stop: ["M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18", "M6 6l12 12"],
};

const short = (x) => String(Number(Number(x).toPrecision(3)));
const signed = (x) => (x > 0 ? "+" : "") + short(x);
const percent = (x) => `${(100 * x).toFixed(1)} %`;
const rounded = (x) => (Number.isInteger(x) ? x : Number(x.toPrecision(Math.abs(x) < 1e4 ? 6 : 10))); // moments in seconds are long
const shown = (value) => (value === null ? "" : typeof value === "number" ? String(rounded(value)) : String(value));

function add(parent, name, attributes = {}, text = null) {
  const element = parent.namespaceURI === SVG || name === "svg" ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  parent.append(element);
  return element;
}

function choices(parent, legend, names, press) {
  const set = add(parent, "fieldset", { class: "choices" });
  add(set, "legend", {}, legend);
  return names.map((name) => {
    const button = add(set, "button", { type: "button", "aria-pressed": "false" }, name);
    button.onclick = () => press(name);
    return button;
  });
}

const press = (buttons, name) => buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.textContent === name)));

class Desk {
  constructor(root, form, answer) {
    Object.assign(this, { root, form, number: answer.number, past: [], timer: 0, milder: false, copied: null });
    this.explained = new URL(location.href).searchParams.get("explained");
    for (const box of root.querySelectorAll(".starts, .fields")) box.replaceChildren();
    root.style.setProperty("--alarm", form.colors.raises);
    root.querySelector(".board").className = `board ${form.few ? "few" : "many"}`;
    const starts = root.querySelector(".starts");
    this.presets = form.starts.flatMap(([title, names]) => choices(starts, title, names, (name) => this.begin(name)));
    if (form.draw.choices.length) choices(starts, form.draw.title, form.draw.choices, (name) => this.ask({ draw: form.draw.choices.indexOf(name) }));
    this.inputs = new Map(form.fields.map((field) => [field.name, this.input(field)]));
    root.querySelector("form").onsubmit = (event) => event.preventDefault();
  }

  input(field) {
    const box = add(this.root.querySelector(".fields"), "div", { class: `field ${field.kind}` });
    const id = `desk-${field.name}`;
    const about = { id, title: field.help, "aria-describedby": `${id}-hint ${id}-problem` };
    let input;
    if (field.kind === "flag") {
      const label = add(box, "label", { title: field.help });
      input = add(label, "input", { ...about, type: "checkbox", role: "switch" });
      add(label, "span", {}, field.label);
    } else {
      add(box, "label", { for: id, title: field.label }, field.label);
      if (field.kind === "category") {
        input = add(box, "select", about);
        for (const choice of field.optional ? ["", ...field.choices] : field.choices) add(input, "option", { value: choice }, choice);
      } else if (field.kind === "number" || field.kind === "integer") {
        input = add(box, "input", { ...about, type: "number", step: field.kind === "integer" ? 1 : "any" });
        if (field.low !== null) input.min = field.low;
        if (field.high !== null) input.max = field.high;
      } else input = add(box, "input", { ...about, type: "text", placeholder: field.rule });
    }
    add(box, "span", { class: "hint", id: `${id}-hint` }, field.help);
    const problem = add(box, "span", { class: "problem", id: `${id}-problem` });
    const read = () => {
      if (field.kind === "flag") return input.checked ? 1 : 0;
      if (input.value === "") return null;
      return input.type === "number" ? Number(input.value) : input.value;
    };
    const write = (value) => {
      if (field.kind === "flag") input.checked = value === 1;
      else if (read() !== value && input.value !== shown(value)) input.value = shown(value);
    };
    input.oninput = () => this.change(field.name, read());
    input.onchange = () => this.flush();
    return { input, write, problem };
  }

  begin(name) {
    this.ask({ event: { ...this.form.presets[name] }, start: this.form.presets[name], preset: name, row: null });
  }

  // Called while typing: from now on answers to earlier events are stale, but the next is asked for when typing rests.
  change(name, value) {
    if (!this.timer) this.remember();
    this.state = { ...this.state, event: { ...this.state.event, [name]: value } };
    this.number += 1;
    this.milder = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), WAIT);
  }

  flush() {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = 0;
    this.send();
  }

  ask(changes) {
    this.flush();
    this.remember();
    this.milder = false;
    const { draw, ...state } = changes;
    this.state = { ...this.state, ...state };
    this.number += 1;
    this.send(draw ?? null);
  }

  request(changes) {
    this.flush();
    Object.assign(this, changes);
    this.number += 1;
    this.send();
  }

  remember() {
    this.past.push(this.state);
    this.past.splice(0, this.past.length - KEPT);
  }

  undo() {
    this.flush();
    this.state = this.past.pop();
    this.milder = false;
    this.number += 1;
    this.send();
  }

  send(draw = null) {
    this.fill();
    const { event, preset, row } = this.state;
    this.root.querySelector(".result").setAttribute("aria-busy", "true");
    this.setStateValue("asked", { number: this.number, event, preset, row, draw, milder: this.milder, copied: this.copied });
  }

  take(answer) {
    if (answer.number < this.number) return; // a later event is on its way
    this.number = answer.number;
    this.answer = answer;
    const { event, start, preset, row } = answer;
    this.state = { event, start, preset, row };
    this.root.querySelector(".result").setAttribute("aria-busy", "false");
    this.fill();
    this.draw();
    this.keepLink();
  }

  fill() {
    const { event, preset } = this.state;
    for (const [name, { write }] of this.inputs) write(event[name] ?? null);
    press(this.presets, preset);
  }

  // The address rebuilds the view.
  keepLink() {
    const { event, start, preset, row } = this.state;
    const changed = Object.entries(event).filter(([name, value]) => value !== (start[name] ?? null));
    const said = { preset, row, event: changed.length ? JSON.stringify(Object.fromEntries(changed)) : null, explained: this.explained };
    const url = new URL(location.href);
    for (const [key, value] of Object.entries(said)) {
      if (value === null) url.searchParams.delete(key);
      else url.searchParams.set(key, value);
    }
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  }

  link() {
    const url = new URL(location.href);
    url.searchParams.set("scenario", this.form.scenario);
    url.searchParams.set("model", this.form.model);
    return url.href;
  }

  draw() {
    const { problems, result, derived } = this.answer;
    for (const [name, { input, problem }] of this.inputs) {
      problem.textContent = (problems[name] ?? []).join(" ");
      input.setAttribute("aria-invalid", String(name in problems));
    }
    this.root.querySelector(".derived").textContent = derived;
    const [left, right] = [".decided", ".why"].map((name) => this.root.querySelector(name));
    left.replaceChildren();
    right.replaceChildren();
    if (result) this.card(left, result);
    else this.warn(left, Object.values(problems).flat());
    this.tools(left, result);
    if (result) this.why(right, result);
  }

  warn(parent, sentences) {
    const box = add(parent, "div", { class: "card warning", role: "alert" });
    add(box, "strong", {}, "This event cannot be scored yet.");
    for (const sentence of sentences) add(box, "p", {}, sentence);
  }

  card(parent, result) {
    const card = add(parent, "div", { class: "card" });
    const action = add(card, "h3", { class: "action", "data-effect": result.effect });
    action.style.setProperty("--tint", `color-mix(in srgb, ${result.color} 78%, var(--st-text-color))`);
    const icon = add(action, "svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
    for (const d of ICONS[result.effect]) add(icon, "path", { d });
    add(action, "span", {}, result.action);
    const said = add(card, "p");
    add(said, "strong", {}, `Risk ${result.risk}`);
    said.append(` · ${result.does} · rule: ${result.rule}`);
    const near = add(card, "ul", { class: "near" });
    for (const sentence of result.near) add(near, "li", {}, sentence);
    for (const measure of result.measures) drawMeasure(card, measure);
    if (result.classes.length) drawClasses(card, result, this.form.colors.classes);
    add(card, "p", { class: "note" }, result.note);
  }

  tools(parent, result) {
    const tools = add(parent, "div", { class: "tools" });
    const undo = add(tools, "button", { type: "button" }, "Undo");
    undo.disabled = !this.past.length;
    undo.onclick = () => this.undo();
    if (!result || !result.severe) return;
    const milder = add(tools, "button", { type: "button" }, "What would make it milder?");
    milder.onclick = () => this.request({ milder: true });
    if (result.milder) add(parent, "p", { role: "status" }, result.milder);
  }

  why(parent, result) {
    const names = result.explained.map((each) => each.name);
    if (!names.includes(this.explained)) this.explained = null;
    const place = this.explained === null ? names.length - 1 : names.indexOf(this.explained);
    if (names.length > 1) {
      const pick = (name) => { this.explained = name === names[names.length - 1] ? null : name; this.draw(); this.keepLink(); };
      press(choices(parent, "Explain", names, pick), names[place]);
    }
    const said = result.explained[place];
    drawWaterfall(parent, said, result.fields, this.form);
    add(parent, "h4", {}, "Why");
    const reasons = add(parent, "ul", { class: "reasons" });
    for (const { raises, sentence } of said.reasons) {
      const line = add(reasons, "li", { "data-arrow": raises ? "▲" : "▼" }, sentence);
      line.style.setProperty("--tint", raises ? this.form.colors.raises : this.form.colors.lowers);
    }
    if (!said.reasons.length) add(parent, "p", {}, `None of the ${this.form.what} stands out.`);
    add(parent, "p", { class: "note" }, said.summed);
    const copy = (name) => this.request({ copied: name === this.copied ? null : name });
    press(choices(parent, "Copy as", [...this.form.copies, "Link"], copy), this.copied);
    const text = this.copied === "Link" ? this.link() : result.copied;
    if (this.copied && text) add(parent, "pre", { tabindex: 0, "aria-label": `The result as ${this.copied}` }, text);
  }
}

// Where the event stands among the bands of one measure, from 0 to 1.
function drawMeasure(parent, { name, value, text, bands }) {
  const figure = add(parent, "figure", { class: "measure", role: "img", "aria-label": `Where the event stands among the bands: ${name} ${text}. ${bands.map((b) => `${b.action || "other bands"} from ${b.from}`).join(", ")}.` });
  add(figure, "span", { class: "name" }, name);
  const scale = add(figure, "div", { class: "scale" });
  add(scale, "span", { class: `stands ${value < 0.08 ? "low" : value > 0.92 ? "high" : ""}` }, text).style.left = `${100 * value}%`;
  add(scale, "span", { class: "pin" }).style.left = `${100 * value}%`;
  const bar = add(scale, "div", { class: "bands" }), names = add(scale, "div", { class: "names" });
  for (const band of bands) {
    const part = add(bar, "span", { title: `${band.action || "Other bands"}: from ${band.from} to ${band.to}` });
    part.style.cssText = `flex: ${band.to - band.from} 0 0; background: ${band.color}; opacity: ${band.action ? 0.8 : 0.25}`;
    if (band.action && band.to - band.from > 0.15) add(names, "span", {}, band.action).style.left = `${100 * band.from}%`;
  }
}

function drawClasses(parent, { prediction, confidence, classes }, colors) {
  const said = add(parent, "p");
  said.append("Prediction ");
  add(said, "strong", {}, prediction);
  said.append(", confidence ");
  add(said, "strong", {}, percent(confidence));
  const figure = add(parent, "figure", { class: "bars", role: "img", "aria-label": `Probability of each class: ${classes.map((c) => `${c.name} ${percent(c.p)}`).join(", ")}.` });
  classes.forEach(({ name, p }, i) => {
    const most = name === prediction ? " most" : "";
    add(figure, "span", { class: `label${most}` }, name);
    const bar = add(add(figure, "span", { class: "track" }), "span", { class: "bar" });
    bar.style.cssText = `left: 0; width: ${100 * p}%; background: ${colors[i]}; opacity: ${most ? 1 : 0.6}`;
    add(figure, "span", { class: `amount${most}` }, percent(p));
  });
}

// From the base to the output, one bar a field, the strongest first; the bars add up exactly.
function drawWaterfall(parent, { base, parts, unit }, fields, { colors, what }) {
  const ordered = fields.map((field, i) => ({ ...field, part: parts[i] })).sort((a, b) => Math.abs(b.part) - Math.abs(a.part));
  const bars = ordered.slice(0, MOST_BARS), rest = ordered.slice(MOST_BARS);
  if (rest.length) bars.push({ label: `${rest.length} other ${what}`, value: "", typical: "", part: rest.reduce((sum, each) => sum + each.part, 0) });
  let at = base;
  for (const bar of bars) { bar.from = at; at += bar.part; bar.to = at; }
  const ends = [base, ...bars.map((bar) => bar.to)];
  const low = Math.min(...ends), span = Math.max(...ends) - low || 1;
  const x = (value) => (100 * (value - low)) / span;
  const named = ({ label, value }) => (value ? `${label} = ${value}` : label);
  const first = bars[0];
  const title = first && first.part ? `${first.label} ${first.part > 0 ? "raises" : "lowers"} it most` : `None of the ${what} moves this event from the average`;
  const figure = add(parent, "figure", { class: "waterfall" });
  add(figure, "figcaption", {}, title);
  const said = `Waterfall from ${short(base)} for the average event to ${short(at)} for this one. ${bars.map((bar) => `${named(bar)}: ${signed(bar.part)}`).join("; ")}.`;
  const grid = add(figure, "div", { class: "bars", role: "img", "aria-label": said });
  const row = (label, amount, title) => {
    add(grid, "span", { class: "label", title }, label);
    const track = add(grid, "span", { class: "track", title });
    add(grid, "span", { class: "amount" }, amount);
    return track;
  };
  const whole = (label, value) => (add(row(label, short(value), label), "span", { class: "tick" }).style.left = `${x(value)}%`);
  whole("Average event", base);
  for (const bar of bars) {
    const track = row(named(bar), signed(bar.part), bar.typical ? `${named(bar)}. Typical in training: ${bar.typical}` : named(bar));
    const left = x(Math.min(bar.from, bar.to));
    add(track, "span", { class: "bar" }).style.cssText = `left: ${left}%; width: ${x(Math.max(bar.from, bar.to)) - left}%; background: ${bar.part > 0 ? colors.raises : colors.lowers}`;
  }
  whole("This event", at);
  add(figure, "p", { class: "unit" }, unit);
}

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const { form, answer } = JSON.parse(new TextDecoder().decode(data));
  const root = parentElement.querySelector(".desk");
  let desk = parentElement.desk;
  if (!desk || desk.root !== root || desk.form.about !== form.about) desk = parentElement.desk = new Desk(root, form, answer);
  desk.form = form;
  desk.setStateValue = setStateValue;
  desk.take(answer);
}
