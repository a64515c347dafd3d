"use strict";
// The page Advice: asks what the address says, answers, and leaves to later what takes longer.
((advice) => {
  const { make } = site;
  const own = site.own.own;
  const at = (id) => document.getElementById(id);
  const SHARE = 12; // milliseconds at a time for what comes after the cards
  const QUIET = 150; // milliseconds without a move, after which the chart and the address follow

  // ---- what is asked for: in memory first, as an address can be written 200 times in 30 s ----

  let words = site.state.all();
  let writing = 0;

  function change(more) {
    words = Object.fromEntries(Object.entries(more ? { ...words, ...more } : {}).filter(([, value]) => value !== ""));
    clearTimeout(writing);
    writing = setTimeout(write, QUIET);
    answer();
  }

  function write() {
    const gone = Object.keys(site.state.all()).filter((key) => !(key in words) && !key.startsWith("sort-"));
    site.state.set({ ...Object.fromEntries(gone.map((key) => [key, null])), ...words });
  }

  const first = at("word").textContent; // what the frame says of the site as a whole stays

  // ---- the question: rules and their words are Python's -----------------------------------------

  // Words of the address whose names there are others; and units of bare numbers.
  const KEYS = { in_flight: "flight", max_objects: "objects", max_memory: "memory" };
  const UNITS = { latency: "ms", bandwidth: "MB/s", max_memory: "MiB" };
  const ASKED = ["use", "access", "store", "latency", "bandwidth", "in_flight", "max_objects", "max_memory",
    "readers", "tomograms", "reads"];

  const text = (key) => {
    const found = String(words[KEYS[key] ?? key] ?? "");
    return found && key in UNITS ? advice.with_unit(found, UNITS[key]) : found || null;
  };

  function question() {
    const faults = [];
    const taken = (key, rule, usual) => advice.taken(faults, key, rule, text(key), usual);
    const one_of = (ids, what) => (id) => {
      if (!ids.includes(id)) throw advice.unknown(what, id, ids);
      return id;
    };
    const named = taken("kind", one_of(own.kinds.map(({ id }) => id), "kind of data"), own.kinds[0].id);
    const kind = own.kinds.find(({ id }) => id === named);
    const { volume, codecs, backends } = kind.terms;
    const dtype = taken("dtype", advice.dtype_of, volume.dtype in advice.TYPES ? volume.dtype : "float32");
    const shape = taken("shape", advice.shape_of, volume.shape);
    const recorded = Object.keys(backends);
    const usual = recorded.includes("zarr-python") ? "zarr-python" : recorded[0];
    const backend = taken("backend", (id) => advice.backend_of(id, recorded, kind.like ?? kind.id), usual);
    const said = Object.fromEntries(ASKED.map((key) => [key, text(key)]));
    const [asked, more] = advice.read({ ...said, backend }, shape, advice.TYPES[dtype]);
    const idle = more.some(({ message }) => message === advice.IDLE);
    if (idle) asked.weights = {};
    const out = [...faults, ...more].map(({ key, message }) => `${KEYS[key] ?? key}=${words[KEYS[key] ?? key]}: ${message}`);
    return {
      asked, kind, dtype, idle,
      faults: out,
      named: more.some(({ key }) => key === "readers") || !said.readers ? [] : asked.readers.map(({ id }) => id)
        .filter((id) => said.readers.split(",").some((word) => word.trim() === id)),
      terms: { ...kind.terms, codecs: advice.taking(codecs, dtype), volume: { ...volume, dtype } },
    };
  }

  const said_of = (faults) => site.word([first, ...faults].filter(Boolean).join(" · "));

  // ---- the answer ----------------------------------------------------------------------------

  let known = { key: "", parts: {}, index: new Map() };
  let turn = 0; // of the answer: what comes later stops where another has begun
  let last = null;

  function remembered(found) {
    const { asked, kind, dtype, terms } = found;
    const key = JSON.stringify([kind.id, dtype, asked.shape, asked.backend, asked.store]);
    const same = JSON.stringify([kind.id, dtype, asked.shape, asked.backend]);
    if (known.key !== key) {
      const parts = known.same === same ? known.parts : {};
      known = { key, same, parts, index: advice.cards.measured(found) };
    }
    return advice.entries(terms, asked, undefined, known.parts);
  }

  function answer() {
    const begun = performance.now();
    const mine = ++turn;
    const found = question();
    advice.form.show(found);
    said_of([...own.faults, ...found.faults]);
    if (found.idle) {
      return nothing("Nothing is ever read or written: all weights are 0. Move a slider of “how they are read”.");
    }
    const entries = remembered(found);
    const rows = advice.judged(entries, found.asked);
    const base = rows.at(-1);
    const chosen = advice.choices(rows, found.asked);
    last = { found, rows, chosen, base };
    at("all").hidden = at("code").hidden = at("why").hidden = false;
    const why = advice.impossible(rows);
    at("said").className = why ? "word" : "quiet";
    at("said").textContent = why ? in_words(why) : `${rows.length} ways of storing were judged, ${advice.allowed(rows).length} are within the limits. ` +
      "One access is one of those asked for, by its share; in brackets, what nine of ten predictions kept within.";
    advice.cards.cards(at("cards"), chosen, found, base, known.index);
    advice.cards.beside(at("beside"), found, rows, chosen);
    code();
    performance.measure("answer", { start: begun, end: performance.now() });
    setTimeout(() => { if (mine === turn) later(mine, entries); }, QUIET);
  }

  // As the command line says it, with the names that the form has.
  const in_words = (why) => `Nothing to recommend: ${why}.`
    .replaceAll("--max-objects", "“objects of one tomogram, at most”")
    .replaceAll("--max-memory", "“memory for chunks, at most” (bytes)")
    .replaceAll("--readers", "“must be readable by”");

  function nothing(why) {
    last = null;
    at("said").className = "word";
    at("said").textContent = why;
    at("cards").replaceChildren();
    at("beside").replaceChildren();
    at("all").hidden = at("code").hidden = at("why").hidden = true;
  }

  // Chart, table and reasons; then what would change the choices, a little at a time.
  async function later(mine, entries) {
    const { found, rows, chosen, base } = last;
    const plain = advice.cards.plain(rows, chosen, base);
    const named = Object.entries(chosen).map(([name, [row]]) => `${name}: ${row.candidate.codec} in ${row.candidate.layout}`);
    at("told").textContent = named.join("; ") || at("said").textContent; // for screen readers, once it rests
    const said = `Seconds of one access against stored size of ${plain.length} ways of storing. ${named.join("; ")}. The table below has all figures.`;
    site.table(at("table"), advice.cards.COLUMNS, plain, { title: "advice", caption: "one row for each way of storing", mark: (row) => row.named });
    reasons(found, rows, base);
    site.chart(at("chart"), "pareto", plain, said);
    const names = ["fastest", "balanced"].filter((name) => name in chosen);
    const told = Object.fromEntries(names.map((name) => [name, []]));
    for (const name of names) {
      const all = advice.grids(found.asked, advice.accesses(found.asked));
      if (!await bit_by_bit(mine, all, ([what, grid]) => {
        const each = advice.change(entries, found.asked, name, what, grid);
        if (each) told[name].push(each);
      })) return;
      advice.cards.changes(at("cards"), name, told[name]);
    }
    document.body.dataset.answered = String(mine);
    await bit_by_bit(mine, Object.keys(advice.ACCESS), (id) => { // so that the first move of its slider is quick, too
      advice.entries(found.terms, { ...found.asked, weights: { [id]: 1 } }, undefined, known.parts);
    });
  }

  // Whether it came to its end before another answer began.
  async function bit_by_bit(mine, all, take) {
    let since = performance.now();
    for (const each of all) {
      take(each);
      if (performance.now() - since < SHARE) continue;
      await new Promise((go) => { setTimeout(go); });
      if (mine !== turn) return false;
      since = performance.now();
    }
    return true;
  }

  function reasons({ asked, terms, kind, dtype, named }, rows, base) {
    const said = advice.assumptions(asked, terms, rows);
    if (dtype !== kind.terms.volume.dtype) said.push(`codecs were measured on ${kind.terms.volume.dtype}; for ${dtype} their ratios and speeds are a guess`);
    if (!asked.shape.every((n, axis) => n === terms.volume.shape[axis])) said.push(`that volume has ${terms.volume.shape.join(" x ")} voxels; times for this size are added up from its figures`);
    if (terms.volume.provenance === "synthetic") said.push("the volume is synthetic: `zarr-cryoet recommend FILE` measures your own");
    said.push(`versions: ${Object.entries(terms.versions).map(([name, version]) => `${name} ${version}`).join(", ")}`);
    said.push(`the portal's way is ${base.candidate.codec} in ${base.candidate.layout}, format ${base.candidate.zarr_format}`);
    const list = make("ul", {}, ...said.map((each) => make("li", {}, each)));
    const quoted = own.quoted[asked.store.id];
    const prices = quoted && make("div", {}, make("h3", {}, "Prices"), make("p", {}, `${quoted.what}, in US dollars before tax:`),
      make("ul", {}, ...quoted.prices.map((each) => make("li", {}, `${each.for}: $${each.price} for ${each.unit}, as of ${each.date} (`, link(each.source), ")"))));
    const command = kind.like ? advice.command(asked, named, dtype, kind.like) : "";
    at("reasons").replaceChildren(list, prices || "", ...(command ? [make("h3", {}, "The same on a terminal"), make("pre", {}, command)] : []));
  }

  const link = (address) => (/^https:\/\//.test(address) ? make("a", { href: address }, address) : make("span", {}, address));

  // ---- code to paste -------------------------------------------------------------------------

  function text_of(row, library) {
    const { lines, texts, libraries, of } = own.snippets;
    const { candidate } = row, { shape } = last.found.asked;
    const numbers = of[`${candidate.codec} ${candidate.zarr_format}${candidate.shards ? "s" : ""} ${last.found.dtype}`];
    if (!numbers) return "# there is no code for this\n";
    const chunks = advice.resolved(candidate.chunks, shape);
    const shards = candidate.shards && advice.resolved(candidate.shards, shape, chunks);
    const values = {};
    ["z", "y", "x"].forEach((axis, a) => {
      values[`c${axis}`] = chunks[a];
      if (shards) Object.assign(values, { [`s${axis}`]: shards[a], [`r${axis}`]: shards[a] / chunks[a] });
    });
    const text = texts[numbers[libraries.indexOf(library)]].map((line) => lines[line]).join("\n");
    return `${text.replace(/\{([csr][zyx])\}/g, (open, name) => values[name] ?? open)}\n`;
  }

  function code() {
    const { chosen, base } = last;
    const rows = { ...Object.fromEntries(Object.entries(chosen).map(([name, [row]]) => [name, row])), baseline: base };
    const which = words.code in rows ? words.code : Object.keys(rows).includes("balanced") ? "balanced" : "baseline";
    const { libraries } = own.snippets;
    const library = libraries.includes(words.library) ? words.library : libraries.at(-1);
    const options = (names, shown) => names.map((name) => make("option", { value: name, selected: name === shown }, advice.cards.NAMES[name] || name));
    const pick = (key, label, names, shown) => make("label", {}, label,
      make("select", { id: `code-${key}`, onchange: (event) => { change({ [key]: event.target.value }); at(`code-${key}`).focus(); } }, ...options(names, shown)));
    const copy = make("button", { type: "button", onclick: () => copied(copy) }, "copy");
    at("code-controls").replaceChildren(pick("code", "of the choice", Object.keys(rows), which), pick("library", "with", libraries, library), copy);
    at("snippet").textContent = text_of(rows[which], library);
  }

  async function copied(button) {
    try {
      await navigator.clipboard.writeText(at("snippet").textContent);
      button.textContent = "copied";
    } catch { // a page from a file may not; the text is marked, for the keyboard
      getSelection().selectAllChildren(at("snippet"));
      button.textContent = "marked: press Ctrl+C";
    }
  }

  // ---- begin ---------------------------------------------------------------------------------

  if (!own.kinds.length) {
    said_of(own.faults);
    nothing("There are no figures on record to advise with. `zarr-cryoet recommend phantom-128 --keep` measures them, in a minute; " +
      "then publish this site again. `zarr-cryoet recommend FILE` advises for a file of your own at once.");
  } else {
    advice.form.build(at("ask"), change);
    site.state.on(() => { words = site.state.all(); answer(); });
    answer();
  }
})(globalThis.advice);
