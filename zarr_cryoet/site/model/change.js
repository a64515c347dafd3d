"use strict";
// zarr_cryoet/recommend/change.py, line by line: what would change a choice.
((advice) => {
  const { choices, judged, shares, fixed } = advice;
  const LATENCIES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0];
  const BANDWIDTHS = [1e6, 3e6, 1e7, 3e7, 1e8, 3e8, 1e9, 3e9, 1e10];
  const SHARES = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98];
  const STEPS = 12;

  // The same question with another latency, bandwidth, or share of an access.
  function altered(asked, what, value) {
    if (what === "latency" || what === "bandwidth") {
      return { ...asked, store: { ...asked.store, [what]: value } };
    }
    let rest = 0.0;
    for (const access of Object.keys(asked.weights)) {
      if (access !== what) rest += asked.weights[access];
    }
    const weights = {};
    for (const access of Object.keys(asked.weights)) {
      weights[access] = rest > 0 ? (asked.weights[access] / rest) * (1.0 - value) : 0.0;
    }
    weights[what] = value;
    return { ...asked, weights };
  }

  // The id that would be chosen, were it asked so; empty where nothing is left.
  function chosen(entries, asked, choice) {
    const rows = choices(judged(entries, asked), asked);
    return Object.keys(rows).length ? rows[choice][0].candidate.id : "";
  }

  // Where along a grid that leads away from the present value the choice changes first.
  function change(entries, asked, choice, what, grid) {
    const now = chosen(entries, asked, choice);
    let inner = null, outer = null;
    for (const value of grid) {
      if (chosen(entries, altered(asked, what, value), choice) !== now) {
        outer = value;
        break;
      }
      inner = value;
    }
    if (outer === null || inner === null) return null;
    const up = outer > inner;
    let low = inner, high = outer;
    for (let step = 0; step < STEPS; step++) {
      const middle = Math.sqrt(low * high);
      if (chosen(entries, altered(asked, what, middle), choice) === now) low = middle;
      else high = middle;
    }
    const near = figures(low, !up), far = figures(high, up);
    const then = chosen(entries, altered(asked, what, far), choice);
    if (then === now || chosen(entries, altered(asked, what, near), choice) !== now) return null;
    return { what, choice, now, then, near, far, up };
  }

  // A positive number in two figures, rounded up or down.
  function figures(value, up) {
    let scaled = value, exponent = 0;
    while (scaled >= 100.0) { scaled /= 10.0; exponent += 1; }
    while (scaled < 10.0) { scaled *= 10.0; exponent -= 1; }
    const whole = up ? Math.ceil(scaled - 1e-9) : Math.floor(scaled + 1e-9);
    let power = 1.0; // 10 ** n is not exact in every engine; products are, up to 10 ** 22
    for (let n = 0; n < Math.abs(exponent); n++) power *= 10.0;
    return exponent >= 0 ? whole * power : whole / power;
  }

  // What is tried, and the values along each way from the present one.
  function grids(asked, accesses) {
    const { latency, bandwidth } = asked.store;
    const found = [];
    found.push(["latency", LATENCIES.filter((v) => v > latency)]);
    found.push(["latency", LATENCIES.toReversed().filter((v) => v < latency)]);
    if (bandwidth !== null) found.push(["bandwidth", BANDWIDTHS.filter((v) => v > bandwidth)]);
    found.push(["bandwidth", BANDWIDTHS.toReversed().filter((v) => bandwidth === null || v < bandwidth)]);
    const share = shares(asked.weights);
    for (const access of accesses) {
      const here = share[access] ?? 0.0;
      if (here < 1.0) {
        found.push([access, SHARES.filter((v) => v > here)]);
        found.push([access, SHARES.toReversed().filter((v) => v < here)]);
      }
    }
    return found.filter(([, grid]) => grid.length).map(([what, grid]) => [what, [present(asked, what), ...grid]]);
  }

  // The present value, where it is a number above 0; else one that stands for it.
  function present(asked, what) {
    if (what === "latency") return asked.store.latency || 1e-6;
    if (what === "bandwidth") return asked.store.bandwidth || 1e12;
    return shares(asked.weights)[what] || 1e-3;
  }

  // All thresholds for some choices, one at a time, so that a page may do something else between.
  function* thresholds(entries, asked, accesses, names) {
    for (const choice of names) {
      for (const [what, grid] of grids(asked, accesses)) {
        yield change(entries, asked, choice, what, grid);
      }
    }
  }

  const changes = (entries, asked, accesses, names) =>
    [...thresholds(entries, asked, accesses, names)].filter((each) => each !== null);

  // A threshold in words.
  function sentence(found) {
    const then = taken(found);
    const value = found.far;
    const more = found.up ? "more" : "less", way = found.up ? "above" : "below";
    if (found.what === "latency") return `${way} ${number(value * 1e3)} ms for each request, ${then}`;
    if (found.what === "bandwidth") return `${way} ${number(value / 1e6)} MB/s for each connection, ${then}`;
    return `where ${found.what} is ${more} than ${number(value * 100)} % of what is done, ${then}`;
  }

  function taken(found) {
    const words = found.then.split("_");
    const [codec, layout, zarr_format] = [words.slice(0, -2).join("_"), words.at(-2), words.at(-1)];
    return `${codec} in ${layout} (format ${zarr_format.slice(1)}) becomes the ${found.choice} choice`;
  }

  // Up to two figures after the point, without what says nothing.
  const number = (value) => fixed(value, 2).replace(/0+$/, "").replace(/\.$/, "");

  Object.assign(advice, { altered, thresholds, changes, sentence, figures, number });
})(globalThis.advice ??= {});
