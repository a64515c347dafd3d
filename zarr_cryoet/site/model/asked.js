"use strict";
// zarr_cryoet/recommend/asked.py for a page: from words in the address to the plain question. What
// makes no sense is left out, and said.
((advice) => {
  const { WRITE } = advice;

  // own: what site/advice.py gives; get(key): the words of the address, "" where there are none.
  function question(own, get) {
    const faults = [];
    const wrong = (key, words, why) => { faults.push(`${key}=${words}: ${why}`); };

    function row(key, rows, otherwise) {
      const words = get(key);
      const found = rows.find((each) => each.id === words);
      if (words && !found) wrong(key, words, `unknown; ${otherwise.id} in its place`);
      return found || otherwise;
    }

    function number(key, otherwise, least, whole = false) {
      const words = get(key).trim();
      if (!words) return otherwise;
      const value = Number(words);
      if (Number.isFinite(value) && value >= least && value <= 1e15 && (!whole || Number.isInteger(value))) return value;
      wrong(key, words, `a ${whole ? "whole " : ""}number from ${least} on was expected`);
      return otherwise;
    }

    const kind = row("kind", own.kinds, own.kinds[0]);
    const { terms } = kind;
    const use = row("use", own.uses, own.uses[0]);
    const place = row("store", own.places, own.places.find((each) => each.id === use.store));
    const backends = Object.keys(terms.backends).map((id) => ({ id }));
    const usual = backends.find((each) => each.id === "zarr-python") || backends[0];
    const dtype = row("dtype", own.dtypes, own.dtypes.find((each) => each.id === terms.volume.dtype) || own.dtypes[0]);
    const memory = number("memory", null, 1e-6);
    const bandwidth = number("bandwidth", null, 1e-6);
    const latency = number("latency", null, 0);
    const backend = row("backend", backends, usual).id;
    const named = readers(own, get("readers"), wrong);
    return {
      faults,
      kind,
      terms: taken(own, terms, dtype),
      use,
      place,
      dtype,
      named,
      asked: {
        use: use.id,
        shape: shape_of(get("shape"), terms.volume.shape, wrong),
        itemsize: dtype.itemsize,
        weights: weights(own, get("access"), use.weights, wrong),
        store: {
          id: place.id,
          latency: latency === null ? place.latency : latency / 1e3,
          bandwidth: bandwidth === null ? place.bandwidth : bandwidth * 1e6,
          in_flight: number("flight", place.in_flight, 1, true),
        },
        prices: place.prices,
        tomograms: number("tomograms", 1, 1, true),
        reads: number("reads", use.reads, 0),
        readers: [...named, ...timed(own, backend, named)],
        max_objects: number("objects", null, 1, true),
        max_memory: memory === null ? null : Math.floor(memory * 2 ** 20),
        preferences: use.preferences,
        tie: own.tie,
        backend,
      },
    };
  }

  // Terms without the codecs that do not take such voxels.
  function taken(own, terms, dtype) {
    const codecs = {};
    for (const [id, rows] of Object.entries(terms.codecs)) {
      const codec = own.registry.codecs.find((each) => each.id === id);
      if (codec && !codec.refuses.includes(dtype.id)) codecs[id] = rows;
    }
    return { ...terms, codecs, volume: { ...terms.volume, dtype: dtype.id } };
  }

  function shape_of(words, otherwise, wrong) {
    if (!words) return otherwise;
    const found = words.match(/^([1-9]\d{0,4})[x,]([1-9]\d{0,4})[x,]([1-9]\d{0,4})$/);
    if (!found) {
      wrong("shape", words, "voxels along z, y, x were expected, up to 99,999 each, as in 184x630x630");
      return otherwise;
    }
    return found.slice(1).map(Number);
  }

  // How often each access is made; those that never are, are left out.
  function weights(own, words, otherwise, wrong) {
    if (!words) return { ...otherwise };
    const found = {};
    let known = 0;
    for (const word of words.split(",").filter(Boolean)) {
      const [id, given = "1"] = word.split("=");
      const value = given.trim() === "" ? NaN : Number(given);
      if (!own.accesses.some((each) => each.id === id)) wrong("access", word, "unknown; left out");
      else if (!(value >= 0 && value <= 1e6)) wrong("access", word, "a weight is a number from 0 on; left out");
      else {
        known += 1;
        if (value > 0) found[id] = value;
      }
    }
    return known ? found : { ...otherwise };
  }

  function readers(own, words, wrong) {
    const found = [];
    for (const id of new Set(words.split(",").filter(Boolean))) {
      const reader = own.readers.find((each) => each.id === id);
      if (!reader) wrong("readers", id, "unknown; left out");
      else found.push(reader.row);
    }
    return found;
  }

  // Whoever is timed has to read it, too, where that does not read all.
  const timed = (own, backend, named) => own.readers.map((each) => each.row).filter((row) =>
    row.id === backend && row.id !== "zarr-python" && !named.includes(row));

  // The same question for a terminal, or "" where none of its kinds of data is meant.
  function command(asked, found, own) {
    if (!found.kind.like) return "";
    const { store } = asked, { place, use } = found;
    const words = [`zarr-cryoet recommend --like ${[...asked.shape, found.dtype.id, found.kind.like].join(",")}`];
    words.push(`--use ${use.id}`);
    if (!same(asked.weights, use.weights)) {
      words.push(`--access ${Object.entries(asked.weights).map(([id, n]) => `${id}=${n}`).join(",")}`);
    }
    if (place.id !== use.store) words.push(`--store ${place.id}`);
    if (store.latency !== place.latency) words.push(`--latency ${plainly(store.latency * 1e3)}ms`);
    if (store.bandwidth !== place.bandwidth) words.push(`--bandwidth ${plainly(store.bandwidth / 1e6)}MB/s`);
    if (store.in_flight !== place.in_flight) words.push(`--in-flight ${store.in_flight}`);
    if (asked.tomograms !== 1) words.push(`--tomograms ${asked.tomograms}`);
    if (asked.reads !== use.reads) words.push(`--reads ${asked.reads}`);
    if (asked.max_objects !== null) words.push(`--max-objects ${asked.max_objects}`);
    if (asked.max_memory !== null) words.push(`--max-memory ${asked.max_memory}B`);
    if (found.named.length) words.push(`--readers ${found.named.map((each) => each.id).join(",")}`);
    if (asked.backend !== "zarr-python") words.push(`--backend ${asked.backend}`);
    return words.join(" ");
  }

  const plainly = (value) => String(Number(value.toPrecision(12)));

  const same = (a, b) => Object.keys(a).length === Object.keys(b).length &&
    Object.keys(a).every((key) => a[key] === b[key]);

  Object.assign(advice, { question, command, WRITE });
})(globalThis.advice ??= {});
