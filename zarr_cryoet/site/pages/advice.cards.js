"use strict";
// What the page Advice says of the ways of storing that it chose.
((advice) => {
  const { make, seconds, digits } = site;
  const own = site.own.own;
  const NAMES = { fastest: "Fastest", smallest: "Smallest", balanced: "Balanced", baseline: "The portal's" };

  const count = (value) => Math.round(value).toLocaleString("en");
  const dollars = (value) => (value === null ? "no price for this store" : value >= 0.01 ? `$${value.toFixed(2)}` : `$${digits(value)}`);
  // 10⁹ bytes are a GB, as those who ask money for them mean it.
  function stored_in(bytes) {
    const unit = ["B", "kB", "MB", "GB", "TB", "PB"][Math.min(5, Math.floor(Math.log10(Math.max(1, bytes)) / 3))];
    return `${digits(bytes / 1e3 ** ["B", "kB", "MB", "GB", "TB", "PB"].indexOf(unit))} ${unit}`;
  }

  const id_of = (row) => `${row.candidate.codec} in ${row.candidate.layout}`;
  const extent = (edges) => edges.map((edge) => edge || "whole").join(" x ");

  function stored(candidate) {
    const chunks = `chunks of ${extent(candidate.chunks)}`;
    return candidate.shards ? `${chunks} in shards of ${extent(candidate.shards)}` : chunks;
  }

  // What the field recommends such a thing for, or "".
  function seed(candidate) {
    const found = own.seeds.filter((each) => each.codec === candidate.codec && each.layout === candidate.layout);
    return candidate.zarr_format === 3 ? found.map((each) => each.id).join(", ") : "";
  }

  // Seconds that this site's results have for the very cell: the same voxels, machine and library.
  function measured(found) {
    const { terms, asked } = found, { volume } = terms;
    const about = site.data && site.data.volumes[volume.id];
    const here = about && about.dtype === volume.dtype && volume.shape.every((n, a) => n === asked.shape[a]);
    const index = new Map();
    if (!here || found.dtype !== about.dtype || asked.store.latency || asked.store.bandwidth !== null) return index;
    const filter = { metric: "seconds", machine: terms.machine, volume: volume.id, backend: asked.backend, store: "local", cache: "warm" };
    for (const row of site.rows(filter)) {
      const access = row.operation.replace(/^read-/, "");
      index.set([row.codec, row.layout, row.format, access].join(" "), row);
    }
    return index;
  }

  function figures(row, access, index) {
    const { codec, layout, zarr_format } = row.candidate;
    return index.get([codec, layout, zarr_format, access].join(" "));
  }

  function item(list, name, ...what) {
    list.append(make("dt", {}, name), make("dd", {}, ...what));
  }

  function by_access(row, found, index) {
    const { seconds: of, requests } = row.expected;
    const [low, high] = row.spread;
    // of what the machine does; a network is taken at its word
    const within = (access, factor) => of[access] + row.part.local[access] * (factor - 1);
    const body = make("tbody");
    for (const access of Object.keys(found.asked.weights)) {
      const known = figures(row, access, index);
      const between = `${seconds(within(access, low))} to ${seconds(within(access, high))}`;
      const beside = known ? `${between}; measured ${seconds(known.value)}, zarr ${known.release}` : between;
      body.append(make("tr", {}, make("td", {}, access), make("td", { class: "n" }, seconds(of[access]), make("br"), make("small", { class: "quiet" }, beside)),
        make("td", { class: "n" }, count(requests[access]))));
    }
    return make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "access"),
      make("th", { scope: "col", class: "n" }, "time"), make("th", { scope: "col", class: "n" }, "requests"))), body);
  }

  // What the choice rests on; and beside it, where this site has a figure for every access that is made,
  // what one access was measured to take. A few measured cells must not decide over the rest.
  function basis(row, found, index) {
    const weights = advice.shares(found.asked.weights);
    let all = 0;
    for (const access of Object.keys(weights).filter((each) => weights[each] > 0)) {
      const known = figures(row, access, index);
      if (!known) return "predicted";
      all += weights[access] * known.value;
    }
    return `predicted; measured in these results: ${seconds(all)}`;
  }

  function card(name, row, runner, found, base, index) {
    const { candidate, expected } = row;
    const { tomograms } = found.asked;
    const list = make("dl");
    item(list, "codec", candidate.codec);
    item(list, "layout", `${candidate.layout}: ${stored(candidate)} voxels, z y x`);
    item(list, "Zarr format", String(candidate.zarr_format));
    item(list, "one access", make("strong", {}, seconds(expected.weighted)),
      ` (${seconds(expected.interval[0])} to ${seconds(expected.interval[1])})`);
    item(list, "stored", make("strong", {}, stored_in(expected.bytes)), tomograms > 1 ? ` each, ${stored_in(expected.gb * 1e9)} in all` : "");
    item(list, "objects", `${count(expected.objects)}${tomograms > 1 ? " each" : ""}`);
    item(list, "memory", `${site.bytes(expected.memory)} of chunks at once`);
    item(list, "a month", dollars(expected.dollars));
    item(list, "basis", basis(row, found, index));
    const than = advice.against(row, base);
    if (row !== base) {
      item(list, "to the portal's", `${advice.ratio(than.seconds)} as fast, with ${advice.ratio(1 / than.bytes)} the bytes and ` +
        `${advice.ratio(1 / than.objects)} the objects`);
    }
    const from = seed(candidate);
    if (from) item(list, "the field", `recommends this for ${from}`);
    const broken = row.broken.map((each) => each.why).join("; ");
    if (broken) item(list, "limits", make("span", { class: "bad" }, broken));
    if (runner) {
      const near = seed(runner.candidate);
      item(list, "runner-up", `${id_of(runner)} (format ${runner.candidate.zarr_format}): ${seconds(runner.expected.weighted)}, ` +
        `${stored_in(runner.expected.bytes)}${near ? `; the field recommends it for ${near}` : ""}`);
    }
    return make("article", { class: "card", id: `card-${name}`, "aria-label": NAMES[name] }, make("h3", {}, NAMES[name]), list,
      make("details", { open: true }, make("summary", {}, "each access"), by_access(row, found, index)),
      make("div", { class: "changes" }));
  }

  function cards(place, chosen, found, base, index) {
    const open = new Map([...place.querySelectorAll("article")].map((each) => [each.id, each.querySelector("details").open]));
    place.replaceChildren(...[...Object.entries(chosen), ["baseline", [base, null]]].map(([name, [row, runner]]) => {
      const made = card(name, row, runner, found, base, index);
      if (open.has(made.id)) made.querySelector("details").open = open.get(made.id);
      return made;
    }));
  }

  function changes(place, name, found) {
    const where = place.querySelector(`#card-${name} .changes`);
    if (!where) return;
    const lines = found.map((each) => make("li", {}, advice.sentence(each)));
    where.replaceChildren(make("h4", {}, "What would change it"), lines.length ? make("ul", {}, ...lines)
      : make("p", { class: "quiet" }, "Nothing within what was tried: latency, bandwidth, and the share of each access."));
  }

  function beside(place, found, rows, chosen) {
    const out = advice.excluded(rows, chosen).map(({ family, reason }) => make("li", {}, make("strong", {}, family), `: ${reason}`));
    const best = rows.filter((row) => !row.broken.length);
    const seeds = own.seeds.map((each) => {
      const row = rows.find((r) => r.candidate.codec === each.codec && r.candidate.layout === each.layout && r.candidate.zarr_format === 3);
      if (!row) return make("li", {}, make("strong", {}, each.id), `: ${each.codec} in ${each.layout} is not judged here (format, readers, or no figures)`);
      const faster = best.filter((other) => other.expected.weighted < row.expected.weighted).length;
      const smaller = best.filter((other) => other.expected.bytes < row.expected.bytes).length;
      const named = Object.keys(chosen).filter((name) => chosen[name][0] === row).map((name) => `; chosen as ${name}`).join("");
      return make("li", {}, make("strong", {}, each.id), `: ${id_of(row)}, ${seconds(row.expected.weighted)}, ${stored_in(row.expected.bytes)}; ` +
        `${faster} of ${best.length} are faster, ${smaller} smaller${named}${row.broken.length ? "; breaks a limit" : ""}`);
    });
    place.replaceChildren(
      make("details", { id: "excluded" }, make("summary", {}, `Left out: ${out.length} families of codecs`), make("ul", {}, ...out)),
      make("details", { id: "seeds" }, make("summary", {}, "What the field recommends, judged like the rest"), make("ul", {}, ...seeds)));
  }

  // Rows for the chart and the table.
  function plain(rows, chosen, base) {
    const front = new Set(advice.front(advice.allowed(rows)));
    const names = new Map();
    for (const [name, [row]] of Object.entries(chosen)) names.set(row, [...(names.get(row) || []), name]);
    names.set(base, [...(names.get(base) || []), "portal"]);
    return rows.map((row) => ({
      id: row.candidate.id, codec: row.candidate.codec, layout: row.candidate.layout, format: row.candidate.zarr_format,
      seconds: row.expected.weighted, low: row.expected.interval[0], high: row.expected.interval[1],
      gb: row.expected.gb, objects: row.expected.objects, memory: row.expected.memory, dollars: row.expected.dollars,
      state: row.broken.length ? "breaks a limit" : front.has(row) ? "on the front" : "behind the front",
      named: (names.get(row) || []).join(", "), field: seed(row.candidate), why: row.broken.map((each) => each.why).join("; "),
    }));
  }

  const COLUMNS = [
    { key: "codec", title: "codec" }, { key: "layout", title: "layout" }, { key: "format", title: "format", number: true },
    { key: "seconds", title: "one access", number: true, show: (row) => seconds(row.seconds) },
    { key: "gb", title: "stored, GB", number: true, show: (row) => digits(row.gb) },
    { key: "objects", title: "objects", number: true, show: (row) => count(row.objects) },
    { key: "memory", title: "memory", number: true, show: (row) => site.bytes(row.memory) },
    { key: "dollars", title: "$ a month", number: true, show: (row) => (row.dollars === null ? "–" : dollars(row.dollars)) },
    { key: "state", title: "state" }, { key: "named", title: "chosen as" }, { key: "field", title: "the field's" },
    { key: "why", title: "limit" },
  ];

  advice.cards = { cards, changes, beside, plain, measured, COLUMNS, NAMES };
})(globalThis.advice);
