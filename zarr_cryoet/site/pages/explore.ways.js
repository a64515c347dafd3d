"use strict";
// What is known of each way of storing (volume, machine, codec, layout, format, backend, store).
// Found once, cell by cell, so that a filter only picks.

const ways = (() => {
  const { data, own } = site;
  const KEY = ["volume", "machine", "codec", "layout", "format", "backend", "store"];
  const STORED = ["codec", "layout", "format", "backend", "store"];
  const TIME = "seconds";
  const LIMIT = data.releases.findIndex((release) => release.name === "limit" && !release.date);
  const INSTALLED = data.releases.findIndex((release) => release.name === "installed" && !release.date);
  const ANY = "any";
  const quantities = new Map(own.own.quantities.map((q) => [q.id, q]));
  const all = [], limits = [], shared = new Map(), gaps = new Map();

  for (const [cell, release, status, reason] of data.gaps) {
    if (!gaps.has(cell)) gaps.set(cell, new Map());
    gaps.get(cell).set(release, { status, reason: data.reasons[reason] });
  }

  const kind = (quantity) => data.metrics[quantity.metric].kind;

  function quantity_of(metric, operation) {
    return quantities.has(metric) ? metric : `${metric}.${operation}`;
  }

  (function read() {
    const found = new Map();
    for (let number = 0; number < data.values.length; number++) {
      const name = (column) => data.names[column][data.cells[column][number]];
      const id = quantity_of(data.benchmarks[name("benchmark")].metric, name("operation"));
      if (!quantities.has(id) || !name("codec") || !name("layout") || name("more")) continue;
      const key = KEY.map(name).join(" ");
      if (!found.has(key)) {
        const way = { key, figures: new Map() };
        for (const column of KEY) way[column] = name(column);
        way.cell = `${way.codec} ${way.layout} v${way.format} ${way.backend}${way.store === "local" ? "" : ` ${way.store}`}`;
        way.pin = STORED.map((column) => encodeURIComponent(way[column])).join("*");
        found.set(key, way);
        const limit = LIMIT >= 0 && data.values[number][LIMIT] !== null;
        (limit ? limits : all).push(way);
      }
      put(found.get(key).figures, id, number);
      // exact figures are those of every machine
      if (id !== TIME && !id.startsWith(`${TIME}.`)) {
        const stored = [name("volume"), ...STORED.map(name)].join(" ");
        if (!shared.has(stored)) shared.set(stored, new Map());
        put(shared.get(stored), id, number);
      }
    }
  })();

  function put(figures, id, number) {
    if (!figures.has(id)) figures.set(id, []);
    figures.get(id).push(number);
  }

  const benchmark = (cell) => data.names.benchmark[data.cells.benchmark[cell]];
  const swept = (cell) => data.benchmarks[benchmark(cell)].source === "sweep";

  // Cells of a way that may give a figure: measured by the source chosen, in its state of the cache.
  function candidates(way, id, { source, cache }) {
    const timed = id.startsWith(`${TIME}.`);
    return (way.figures.get(id) || []).filter((cell) => swept(cell) === (source === "sweep")
      && (!timed || data.names.cache[data.cells.cache[cell]] === cache));
  }

  // Where in a cell's row the figure of a release stands, or -1; of any side of a sweep, where no
  // one is chosen: what is installed here before what stands in an environment of its own.
  function at(values, release) {
    if (release !== ANY) return values[release] === null || release < 0 ? -1 : release;
    if (INSTALLED >= 0 && values[INSTALLED] !== null) return INSTALLED;
    return site.last(values);
  }

  function told(cell, place) {
    return {
      value: data.values[cell][place],
      low: data.low[cell] ? data.low[cell][place] : null,
      high: data.high[cell] ? data.high[cell][place] : null,
      from: `${benchmark(cell)} ${data.releases[place].name}`,
      at: { cell, place }, // whose script is shown
    };
  }

  // A figure of a way, with its interval and where it is from; null where there is none. An exact
  // one that the source lacks is taken from the other, as it is the same there.
  function figure(way, id, chosen) {
    const quantity = quantities.get(id);
    if (!quantity) return null;
    if (kind(quantity) === "derived") return derived(way, id, chosen);
    if (kind(quantity) === "geometry") return geometry(way, quantity);
    for (const cell of candidates(way, id, chosen)) {
      const place = at(data.values[cell], chosen.release);
      if (place >= 0) return told(cell, place);
    }
    if (quantity.metric === TIME) return null;
    const others = shared.get([way.volume, ...STORED.map((column) => way[column])].join(" "))?.get(id) || [];
    for (const cell of others) {
      const place = swept(cell) === (chosen.source === "sweep") ? at(data.values[cell], chosen.release) : -1;
      if (place >= 0) return told(cell, place);
    }
    for (const cell of others) {
      const place = site.last(data.values[cell]);
      if (place >= 0 && swept(cell) !== (chosen.source === "sweep")) return told(cell, place);
    }
    return null;
  }

  function derived(way, id, chosen) {
    const volume = own.own.volumes[way.volume];
    const stored = volume && figure(way, "bits_per_voxel", chosen);
    if (!stored) return null;
    const [factor, inverse] = volume.factors[id];
    const value = inverse ? factor / stored.value : factor * stored.value;
    return { value, low: null, high: null, from: stored.from, at: stored.at };
  }

  function geometry(way, { metric, operation }) {
    const found = own.own.geometry[way.volume]?.[way.layout]?.[operation];
    if (!found) return null;
    return { value: found[own.own.shapes.indexOf(metric)], low: null, high: null, from: "geometry" };
  }

  // Why a way has no figure: {status, reason}, or null where it was not asked for.
  function gap(way, id, chosen) {
    const source = kind(quantities.get(id)) === "derived" ? "bits_per_voxel" : id;
    for (const cell of candidates(way, source, chosen)) {
      const found = gaps.get(cell);
      const why = chosen.release === ANY ? found?.values().next().value : found?.get(chosen.release);
      if (why) return why;
    }
    return null;
  }

  function pick(chosen, among = all) {
    return among.filter((way) => way.volume === chosen.volume && way.machine === chosen.machine
      && ["format", "backend", "store"].every((column) => !chosen[column] || chosen[column] === "all" || way[column] === chosen[column]));
  }

  // Marks in `front` each row that no other beats in both figures, or equals in one and beats in the other.
  function front(rows, x, y) {
    const sx = x.more ? -1 : 1, sy = y.more ? -1 : 1;
    const sorted = [...rows].sort((a, b) => sx * (a.x - b.x) || sy * (a.y - b.y));
    let best = null;
    for (const row of sorted) {
      row.front = !best || sy * (row.y - best.y) < 0 || (row.y === best.y && row.x === best.x);
      if (row.front) best = row;
    }
    return sorted.filter((row) => row.front);
  }

  const is_baseline = (way) => Object.entries(own.own.baseline).every(([column, value]) => way[column] === value);

  // Which figures some ways have, in their order: for the lists of the controls.
  function offered(some, chosen) {
    return own.own.quantities.filter(({ id }) => some.some((way) => figure(way, id, chosen)));
  }

  // By source, the releases (their numbers) with figures of some ways.
  function releases(some) {
    const found = { sweep: new Set(), asv: new Set() };
    for (const way of some) {
      for (const cells of way.figures.values()) {
        for (const cell of cells) {
          const into = found[swept(cell) ? "sweep" : "asv"];
          data.values[cell].forEach((value, place) => { if (value !== null && place !== LIMIT) into.add(place); });
        }
      }
    }
    return { sweep: [...found.sweep].sort((a, b) => a - b), asv: [...found.asv].sort((a, b) => a - b) };
  }

  return { all, limits, quantities, figure, gap, pick, front, is_baseline, offered, releases, LIMIT, ANY };
})();
