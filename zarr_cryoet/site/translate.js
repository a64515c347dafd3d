// What Python has built in, for functions that translate.py has turned into JavaScript.
class $UserError extends Error {}
class $ValueError extends Error {}
const $iter = (x) => (Array.isArray(x) ? x : x[Symbol.iterator] ? Array.from(x) : Object.keys(x));
const $len = (x) => (x.length === undefined ? Object.keys(x).length : x.length);
const $bool = (x) => (x !== null && typeof x === "object" ? $len(x) > 0 : Boolean(x));
const $list = (x = []) => [...$iter(x)];
const $tuple = $list;
const $dict = (x = {}) => (Array.isArray(x) ? Object.fromEntries(x) : { ...x });
const $abs = Math.abs, $sqrt = Math.sqrt, $log = Math.log, $ceil = Math.ceil, $floor = Math.floor;
const $isfinite = Number.isFinite, $isnan = Number.isNaN;
const $pow = (a, n) => (n < 0 ? 1 / $pow(a, -n) : Array(n).fill(a).reduce((x, y) => x * y, 1));
const $mod = (a, b) => ((a % b) + b) % b;
const $any = (x) => x.some($bool);
const $all = (x) => x.every($bool);
const $enumerate = (x, start = 0) => $iter(x).map((each, k) => [k + start, each]);
const $zip = (first, ...others) => $iter(first).slice(0, Math.min(...others.map($len)))
  .map((each, k) => [each, ...others.map((other) => other[k])]);
const $reversed = (x) => $list(x).reverse();
const $prod = (x) => $iter(x).reduce((a, b) => a * b, 1);
const $chain = (...all) => all.flatMap($iter);
const $pairwise = (x) => x.slice(1).map((each, k) => [x[k], each]);

function $range(start, stop, step = 1) {
  if (stop === undefined) [start, stop] = [0, start];
  const found = [];
  for (let i = start; step > 0 ? i < stop : i > stop; i += step) found.push(i);
  return found;
}

function $same(a, b) {
  if (a === b || a === null || b === null || typeof a !== "object" || typeof b !== "object") return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && $same(a[key], b[key]));
}

function $in(x, all) {
  if (Array.isArray(all)) return typeof x === "object" ? all.some((each) => $same(x, each)) : all.includes(x);
  return typeof all === "string" ? all.includes(x) : Object.hasOwn(all, x);
}

// The order of numbers and of strings, and of lists by their first difference.
function $order(a, b) {
  if (!Array.isArray(a)) return a < b ? -1 : Number(a > b);
  for (let k = 0; k < Math.min(a.length, b.length); k++) {
    const found = $order(a[k], b[k]);
    if (found) return found;
  }
  return a.length - b.length;
}

function $_sort(x, key = (each) => each) {
  x.sort((a, b) => $order(key(a), key(b)));
}

function $sorted(x, key = (each) => each, reverse = false) {
  const sign = reverse ? -1 : 1;
  return $list(x).sort((a, b) => sign * $order(key(a), key(b)));
}

function $least(x, key, otherwise, sign) {
  const all = $iter(x);
  if (!all.length && otherwise !== undefined) return otherwise;
  return all.reduce((a, b) => (sign * $order(key(b), key(a)) < 0 ? b : a));
}

const $min = (x, key = (each) => each, otherwise = undefined) => $least(x, key, otherwise, 1);
const $max = (x, key = (each) => each, otherwise = undefined) => $least(x, key, otherwise, -1);

// As CPython adds floats since 3.12: with what is lost beside it (A. Neumaier, 1974).
function $sum(x, start = 0) {
  let high = start, low = 0;
  for (const each of $iter(x)) {
    const both = high + each;
    low += Math.abs(high) >= Math.abs(each) ? high - both + each : each - both + high;
    high = both;
  }
  return low && Number.isFinite(low) ? high + low : high;
}

function $memo(made, most) {
  const held = new Map();
  return (...all) => {
    const key = all.join("/");
    if (!held.has(key)) {
      if (held.size >= most) held.delete(held.keys().next().value);
      held.set(key, made(...all));
    }
    return held.get(key);
  };
}

// ---- numbers and words -----------------------------------------------------------------------

function $float(x) {
  const found = typeof x === "string" && !x.trim() ? NaN : Number(x);
  if (Number.isNaN(found)) throw new $ValueError(`could not convert string to float: '${x}'`);
  return found;
}

const $int = (x) => Math.trunc($float(x));
const $str = (x) => (x instanceof Error ? x.message : x === null ? "None" : x === true ? "True" : x === false ? "False" : String(x));

// `shown` is x with halves rounded up, and `exact` all its digits: of two that are as near, the even.
function $even(shown, exact) {
  const cut = exact.slice(0, shown.length), rest = exact.slice(shown.length).replace(".", "");
  return /^50*$/.test(rest) && "02468".includes(cut.replace(".", "").at(-1)) ? cut : shown;
}

function $format(x, spec) {
  const [, comma, digits, kind] = /^(,?)(?:\.(\d+))?([a-z]?)$/.exec(spec);
  const size = Math.abs(x), sign = x < 0 || Object.is(x, -0) ? "-" : "";
  let text = typeof x === "string" ? x : String(size);
  if (kind === "f") text = $even(size.toFixed(digits ?? 6), size.toFixed(100));
  if (kind === "g") text = $general(size, Math.max(1, digits ?? 6));
  if (comma) text = text.replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
  return typeof x === "string" ? text : sign + text;
}

function $general(size, digits) {
  if (!Number.isFinite(size)) return Number.isNaN(size) ? "nan" : "inf";
  const [exact, power] = size.toExponential(100).split("e");
  let [shown, exponent] = size.toExponential(digits - 1).split("e");
  if (exponent === power) shown = $even(shown, exact);
  else if (/^9+50*$/.test(exact.replace(".", "")) && digits < 1) [shown, exponent] = [exact, power];
  const e = Number(exponent), bare = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (e < -4 || e >= digits) return `${bare(shown)}e${e < 0 ? "-" : "+"}${String(Math.abs(e)).padStart(2, "0")}`;
  const all = shown.replace(".", "");
  if (e < 0) return bare(`0.${"0".repeat(-e - 1)}${all}`);
  return bare(all.slice(0, e + 1) + (all.length > e + 1 ? `.${all.slice(e + 1)}` : ""));
}

const $compile = (pattern) => new RegExp(`^(?:${pattern})$`, "u");
const $_fullmatch = (pattern, text) => {
  const found = pattern.exec(text);
  return found && Array.from(found, (each) => each ?? null);
};
const $fullmatch = (pattern, text) => $_fullmatch($compile(pattern), text);

// ---- methods ---------------------------------------------------------------------------------

const $_append = (x, each) => { x.push(each); };
const $_extend = (x, all) => { for (const each of $iter(all)) x.push(each); };
const $_pop = (x) => x.pop();
const $_get = (x, key, otherwise = null) => (Object.hasOwn(x, key) ? x[key] : otherwise);
const $_setdefault = (x, key, otherwise) => (Object.hasOwn(x, key) ? x[key] : (x[key] = otherwise));
const $_fromkeys = (_, keys, value = null) => Object.fromEntries($iter(keys).map((key) => [key, value]));
const $_keys = Object.keys, $_values = Object.values, $_items = Object.entries;
const $_update = (x, other) => { Object.assign(x, other); };
const $_copy = (x) => (Array.isArray(x) ? [...x] : { ...x });
const $_join = (x, all) => $iter(all).join(x);
const $_split = (x, by, most = Infinity) => {
  const found = x.split(by), rest = found.slice(most);
  return rest.length ? [...found.slice(0, most), rest.join(by)] : found;
};
const $_rsplit = (x, by, most) => {
  const found = x.split(by), first = found.slice(0, Math.max(1, found.length - most));
  return [first.join(by), ...found.slice(first.length)];
};
const $_partition = (x, by) => {
  const at = x.indexOf(by);
  return at < 0 ? [x, "", ""] : [x.slice(0, at), by, x.slice(at + by.length)];
};
const $BLANK = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008" +
  "\u2009\u200a\u2028\u2029\u202f\u205f\u3000";
const $_lstrip = (x, some = $BLANK) => { let k = 0; while (k < x.length && some.includes(x[k])) k++; return x.slice(k); };
const $_rstrip = (x, some = $BLANK) => { let k = x.length; while (k && some.includes(x[k - 1])) k--; return x.slice(0, k); };
const $_strip = (x, some = $BLANK) => $_lstrip($_rstrip(x, some), some);
const $_replace = (x, old, fresh) => x.replaceAll(old, () => fresh);
const $_lower = (x) => x.toLowerCase();
const $_startswith = (x, some) => x.startsWith(some);
const $_endswith = (x, some) => x.endsWith(some);
const $_count = (x, each) => (typeof x === "string" ? x.split(each).length - 1 : x.filter((one) => $same(one, each)).length);
const $_index = (x, each) => x.findIndex((one) => $same(one, each));
const $_bit_length = (x) => (x ? Math.floor(Math.log2(x)) + 1 : 0);
