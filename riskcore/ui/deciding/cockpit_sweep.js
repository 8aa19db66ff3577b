// The threshold cockpit, part 1: the sweep that came with the page, and how its numbers are said.
// Data reaches the page as text only, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const UNITS = [["money", "Money"], ["count", "Counts"], ["share", "Rates"], ["rate", "Per 100,000 events"]];

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const percent = (x) => (x === null ? "–" : `${x === 0 || x === 1 ? 100 * x : x >= 0.1 ? (100 * x).toFixed(1) : short.format(100 * x)} %`);
const tickShare = (x) => `${short.format(100 * x)} %`;
const amount = (x) => (x === null ? "–" : Math.abs(x) >= 100 ? whole.format(x) : short.format(x));
// As many digits as tell a threshold from 1; what is closer than a millionth reads as 1.
const edge = (x) => (x > 0.999 && x < 1 - 1e-6 ? String(Number(x.toFixed(Math.ceil(-Math.log10(1 - x)) + 1))) : x < 1e-4 ? x.toExponential(2) : x.toPrecision(3));
const logOdds = (p) => Math.log(p / (1 - p));
const known = (x) => (x === undefined || Number.isNaN(x) ? null : x);

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

// Numbers as they lay in memory: little-endian, of 8 or 4 bytes, in base 64.
function numbers(said, Kind) {
  const bytes = Uint8Array.from(atob(said), (letter) => letter.charCodeAt(0));
  return new Kind(bytes.buffer);
}

// The sweep: places (one index per slider) → point → numbers.
class Sweep {
  constructor(data) {
    Object.assign(this, data);
    this.sizes = this.axes.map((axis) => axis.thresholds.length);
    this.applied = this.point(this.axes.map((axis) => axis.applied));
    this.edges = numbers(data.edges, Float64Array);
    this.confusion = numbers(data.confusion, Float64Array);
    this.money = data.money && { ...data.money, amounts: numbers(data.money.amounts, Float64Array) };
    this.values = {};
    for (const [name, parts] of Object.entries(data.values)) {
      this.values[name] = { value: numbers(parts[0], Float64Array), low: numbers(parts[1], Float32Array), high: numbers(parts[2], Float32Array) };
    }
    this.worked = numbers(data.days.worked, Float32Array);
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
  get labelled() {
    return this.money !== null;
  }
  // A number at a point; null where it is not defined.
  at(name, point) {
    return name in this.values ? known(this.values[name].value[point]) : null;
  }
  // Its 95 % interval.
  between(name, point) {
    const { value, low, high } = this.values[name];
    return [Math.min(low[point], value[point]), Math.max(high[point], value[point])];
  }
  cell(point, action, cls) {
    return this.confusion[(point * this.actions.length + action) * this.classes.length + cls];
  }
  // Money that the events of a cell cost.
  price(point, action, cls) {
    const i = action * this.classes.length + cls;
    const size = this.actions.length * this.classes.length;
    return this.cell(point, action, cls) * this.money.event[i] + this.money.amounts[point * size + i] * this.money.amount[i];
  }
  ofAction(point, action, what = "cell") {
    return this.classes.reduce((sum, _, c) => sum + this[what](point, action, c), 0);
  }
  ofClass(point, cls) {
    return this.actions.reduce((sum, _, a) => sum + this.cell(point, a, cls), 0);
  }
  // Points along slider i while the others stay.
  slice(places, i) {
    return this.axes[i].thresholds.map((_, k) => this.point(places.map((place, j) => (j === i ? k : place))));
  }
  // Alerts per 24 h on day d.
  onDay(d, point) {
    return this.worked[d * (this.worked.length / this.days.length.length) + point];
  }
}
