"use strict";
// The changes were worked out where the site was made (`site/changes.py`); here they are chosen,
// put into words, and drawn.

(() => {
  const { own, data, make } = site;
  const controls = document.getElementById("controls");
  if (!controls || !data) return;
  const changes = own.own;
  const BETTER = ["better", "mended"], WORSE = ["worse", "broke"];
  const groups = changes.groups.map((row) => Object.fromEntries(changes.fields.map((f, i) => [f, row[i]])));
  for (const group of groups) group.about = data.benchmarks[group.benchmark];
  const names = data.releases.map((release) => release.name);
  const sum = (group, kinds) => kinds.reduce((total, kind) => total + (group.counts[kind] || 0), 0);
  const compared = (group) => sum(group, ["better", "worse", "same", "unsure", "broke", "mended"]);
  const short = (benchmark) => data.benchmarks[benchmark]?.title || benchmark;
  const PLACE = ["volume", "machine", "python"];
  const reasons = new Map(data.gaps.map(([number, place, , why]) => [`${number} ${place}`, data.reasons[why]]));

  // ---- names ------------------------------------------------------------------------------

  function metric(group) {
    const said = site.metric(group.about.metric);
    if (group.kind === "ratio") return `time, in units of zarr ${changes.reference}`;
    return group.kind === "exact" ? said : `${said} (a hint)`;
  }
  const RANK = { exact: 0, ratio: 1, hint: 2 };
  const key = (number) => Object.keys(data.cells).map((c) => data.names[c][data.cells[c][number]]).join("~");
  const keys = new Map();
  function numbered(asked) { // a cell's number is another on the next site; what it is a cell of is not
    if (!keys.size) data.values.forEach((_, number) => keys.set(key(number), number));
    return keys.get(asked);
  }
  function words(row) {
    return [row.codec, row.layout, row.format && `v${row.format}`, row.backend, row.store !== "local" && row.store,
      row.operation, row.more].filter(Boolean).join(" ");
  }
  const unit = (row) => (["seconds", "bytes"].includes(row.unit) ? row.unit : "");
  const total_of = (some, kind) => some.reduce((total, group) => total + (group.counts[kind] || 0), 0);
  const { times } = site;
  const both = (row) => site.figures(row.old, row.fresh, unit(row));

  // ---- what is chosen ---------------------------------------------------------------------

  const options = (column) => [...new Set(groups.map((group) => group[column]))];
  const size = (column, value) => groups.filter((group) => group[column] === value).length;
  const fullest = (column) => options(column).sort((a, b) => size(column, b) - size(column, a))[0];
  const chosen = {};
  for (const column of PLACE) {
    const control = site.choice(column, column === "python" ? "Python" : column, options(column), all, fullest(column));
    chosen[column] = control.input;
    controls.append(control);
  }
  const release = site.choice("release", "release", [...names.keys()].filter((n) => groups.some((g) => g.release === n))
    .map((n) => [names[n], names[n]]).reverse(), all);
  controls.append(release);
  site.state.on(() => { // another address: a link, or back
    for (const [column, input] of Object.entries({ ...chosen, release: release.input })) {
      const asked = site.state.get(column);
      if ([...input.options].some((o) => o.value === asked)) input.value = asked;
    }
    all();
  });

  const here = () => groups.filter((g) => PLACE.every((column) => g[column] === chosen[column].value));
  function choose(name) {
    release.input.value = name;
    site.state.set({ release: name });
    all();
    document.getElementById("release-title")?.focus({ preventScroll: true });
    document.getElementById("release").scrollIntoView({ block: "start" });
  }

  // ---- the counts -------------------------------------------------------------------------

  function counted() {
    const found = new Map();
    for (const group of here()) {
      if (group.control) continue;
      const id = `${group.release} ${metric(group)}`;
      if (!found.has(id)) {
        found.set(id, { release: names[group.release], order: group.release, metric: metric(group), kind: group.kind,
          rank: RANK[group.kind], against: new Set(), better: 0, worse: 0, compared: 0 });
      }
      const row = found.get(id);
      row.better += sum(group, BETTER);
      row.worse += sum(group, WORSE);
      row.compared += compared(group);
      row.against.add(names[group.before]);
    }
    return [...found.values()].filter((row) => row.compared).map((row) => ({ ...row, against: [...row.against].join(", "),
      tone: row.better && row.worse ? "both" : row.better ? "better" : row.worse ? "worse" : "none",
      weight: row.better + row.worse ? 0.35 + 0.6 * Math.min(1, (row.better + row.worse) / row.compared) : 0.08,
      label: [row.better && `↓${row.better}`, row.worse && `↑${row.worse}`].filter(Boolean).join(" ") || "·" }));
  }

  let listening = null;

  async function heat() {
    const rows = counted();
    const bad = rows.filter((row) => row.worse).length, good = rows.filter((row) => row.better).length;
    const said = rows.length ? `Cells better and worse by release and metric: of ${rows.length} fields, ${good} have cells that are `
      + `better, ${bad} cells that are worse.`
      : "Nothing to compare in this place: fewer than two releases have figures of the same benchmark.";
    const view = await site.chart(document.getElementById("heat"), "heat", rows, said, { renderer: "canvas" });
    if (view && view !== listening) { // one whose rows are renewed listens already
      listening = view;
      view.addEventListener("click", (_, item) => item?.datum?.release && choose(item.datum.release));
    }
    site.behind(document.getElementById("counts"), (there) => site.table(there, [
      { key: "release", title: "Release", show: (row) => make("button", { type: "button", onclick: () => choose(row.release) }, row.release) },
      { key: "against", title: "against" }, { key: "metric", title: "Metric" },
      { key: "better", title: "Better", number: true }, { key: "worse", title: "Worse", number: true },
      { key: "compared", title: "Compared", number: true }], rows, { title: "releases" }));
  }

  // ---- one release ------------------------------------------------------------------------

  // Changes by release; of a place, those whose cells stand in it. All that a row says of its cell is
  // looked up when it is asked for: a release may have thousands, of which a table draws twenty.
  const by_release = Map.groupBy(changes.changes, ([, place]) => place);
  const { names: known, cells: columns } = data;
  const kinds_of = known.benchmark.map((name) => kind(data.benchmarks[name] || {}));

  function moved(place) { // what of one release changed here: [cell, release, before, what]
    const here = PLACE.map((c) => [columns[c], known[c].indexOf(chosen[c].value)]);
    return (by_release.get(place) || []).filter(([number]) => here.every(([places, value]) => places[number] === value));
  }
  function changed(place, wanted) { // rows of its cells that changed
    return moved(place).filter(([number]) => kinds_of[columns.benchmark[number]] === wanted)
      .map(([number, , before, what]) => new Line(number, place, before, changes.kinds[what]));
  }
  function kind(about) {
    return about.exact ? "exact" : data.metrics[about.metric]?.kind === "ratio" ? "ratio" : "hint";
  }
  function versions(row) { // of both releases that a step is between
    return [row.place, row.before].filter((place) => data.values[row.number][place] !== null).map((place) =>
      Object.assign(site.cell(row.number), { release: names[place], title: `${site.metric(row.metric)} of ${row.which}, zarr ${names[place]}` }));
  }

  class Line {
    #cell = null;
    constructor(number, place, before, what) {
      const values = data.values[number];
      const old = values[before], fresh = values[place];
      const ratio = old && fresh !== null ? fresh / old : null;
      Object.assign(this, { number, place, before, what, old, fresh, ratio });
      this.size = ratio ? Math.abs(Math.log(ratio)) : Infinity;
    }
    get cell() { this.#cell ??= site.cell(this.number); return this.#cell; }
    get benchmark() { return known.benchmark[columns.benchmark[this.number]]; }
    get metric() { return data.benchmarks[this.benchmark].metric; }
    get unit() { return data.benchmarks[this.benchmark].unit; }
    get exact() { return data.benchmarks[this.benchmark].exact; }
    get which() { return words(this.cell); }
    get key() { return key(this.number); }
    get reason() { return reasons.get(`${this.number} ${this.place}`) || ""; }
    get low() { return this.span()[0]; }
    get high() { return this.span()[1]; }
    span() { // of the ratio
      const { number, place, before, ratio } = this;
      if (ratio === null || this.exact) return [null, null];
      if (kind(this) === "ratio") {
        const noise = changes.floors[this.cell.machine] ** 2; // both releases have it
        return [ratio / noise, ratio * noise];
      }
      const [low, high] = [data.low[number], data.high[number]];
      if (!low || !high || [low[place], low[before], high[place], high[before]].includes(null)) return [null, null];
      return [low[place] / high[before], high[place] / low[before]];
    }
  }
  function open(row, text = "history") {
    return make("button", { type: "button", "aria-label": `history of ${short(row.benchmark)} ${row.which}`,
      onclick: () => { site.state.set({ cell: row.key }); one(true); } }, text);
  }
  const less = (group) => (/requests|objects|chunks|calls|codecs/.test(group.about.unit) ? ["fewer", "more"] : ["lower", "higher"]);

  function sentence(group, rows) {
    const mine = rows.filter((row) => row.benchmark === group.benchmark);
    const [fewer, more] = less(group);
    const said = [`${metric(group)} of ${short(group.benchmark)}: `];
    const parts = [`${sum(group, ["better"]) || "none"} of ${compared(group)} cells ${fewer}`, `${sum(group, ["worse"]) || "none"} ${more}`];
    if (group.counts.broke) parts.push(`${group.counts.broke} fail that ran before`);
    if (group.counts.mended) parts.push(`${group.counts.mended} run that failed before`);
    said.push(parts.join(", "));
    const largest = mine.filter((row) => row.old !== null && row.fresh !== null).sort((a, b) => b.size - a.size)[0];
    if (largest) {
      said.push(`; the largest: ${both(largest).join(" → ")}, ${largest.which} `, open(largest));
    }
    return said;
  }

  function verdict(row) {
    if (row.exact || !["better", "worse"].includes(row.what)) {
      return { broke: "fails now", mended: "runs again", same: "no difference shown" }[row.what] || row.what;
    }
    if (row.unit === "bytes") return row.what === "worse" ? "more" : "less";
    return row.what === "worse" ? "slower" : "faster";
  }

  const COLUMNS = [
    { key: "what", title: "", show: (row) => make("span", { class: WORSE.includes(row.what) ? "bad" : BETTER.includes(row.what) ? "good" : "" },
      verdict(row)) },
    { key: "metric", title: "Metric", show: (row) => site.metric(row.metric) },
    { key: "benchmark", title: "Benchmark", show: (row) => short(row.benchmark) },
    { key: "which", title: "Cell" },
    { key: "old", title: "Before", number: true, show: (row) => both(row)[0] },
    { key: "fresh", title: "After", number: true, show: (row) => both(row)[1] },
    { key: "ratio", title: "Ratio", number: true, show: (row) => times(row.ratio) },
    { key: "key", title: "History", show: (row) => open(row) },
    { key: "number", title: "Reproduce", told: false, show: (row) => site.script(() => versions(row), `${row.metric} of ${row.which}`) }];
  const TIMED = [...COLUMNS.slice(0, 7),
    { key: "low", title: "from", number: true, show: (row) => times(row.low) },
    { key: "high", title: "to", number: true, show: (row) => times(row.high) }, ...COLUMNS.slice(7)];

  function exact(place, found) {
    const some = found.filter((group) => group.kind === "exact");
    const rows = changed(place, "exact");
    const steps = some.filter((group) => sum(group, [...BETTER, ...WORSE]));
    const more = [["new", "had no figure before"], ["gone", "cannot be run any more"]].map(([what, said]) => [total_of(some, what), said])
      .filter(([count]) => count).map(([count, said]) => `${count} figures ${said}.`);
    const parts = [make("h3", {}, "Exact figures")];
    if (!some.length) return [...parts, make("p", {}, "None that the release before it has, too.")];
    parts.push(make("p", { class: "quiet" }, `${some.reduce((n, group) => n + compared(group), 0).toLocaleString("en")} figures compared, ${rows.length} changed. ${more.join(" ")}`));
    if (steps.length) parts.push(make("ul", {}, ...steps.map((group) => make("li", {}, ...sentence(group, rows)))), tabled(COLUMNS, rows, `exact-${names[place]}`));
    return parts;
  }
  function tabled(columns, rows, title, limit = 20) {
    const place = make("div", { id: title.replaceAll(".", "-") });
    site.table(place, rows.some((row) => row.reason) ? [...columns, { key: "reason", title: "Why not" }] : columns, rows, { title, limit });
    return place;
  }

  function ratios(place, found) {
    const parts = [make("h3", {}, `Times, in units of zarr ${changes.reference}`)];
    const some = found.filter((group) => group.kind === "ratio");
    if (!some.length) {
      return [...parts, make("p", {}, "No duels of this release and of one before it are on record: ",
        make("code", {}, `asv run "v${names[place]}^!" --bench ratio`), " makes those of this one.")];
    }
    const { machine } = some[0];
    const there = new Map(changed(place, "ratio").map((row) => [row.number, row]));
    const rows = some.flatMap((group) => site.cells({ benchmark: group.benchmark, machine, volume: group.volume, python: group.python })
      .filter((n) => data.values[n][group.before] !== null && data.values[n][place] !== null)
      .map((n) => there.get(n) || new Line(n, place, group.before, "same"))).sort((a, b) => b.size - a.size);
    const [slower, faster] = ["worse", "better"].map((what) => rows.filter((row) => row.what === what).length);
    parts.push(make("p", {}, `${rows.length} cells against ${names[some[0].before]}: ${slower || "none"} slower, ${faster || "none"} faster, `
      + `median ${times(some[0].middle)}. Both releases were timed against the same third one, on the same core and in turn, so that what the `
      + `machine did meanwhile falls out. Two duels of one release differ by up to ${times(changes.floors[machine])} `
      + `${changes.measured.includes(machine) ? "here" : "in the self-check on record"}: the intervals say `
      + `what that does to a step, and a step counts beyond ${times(changes.steps[machine])}.`),
      tabled(TIMED, rows, `ratio-${names[place]}`, Math.max(8, slower + faster)));
    return parts;
  }

  function hints(place, found) {
    const some = found.filter((group) => group.kind === "hint");
    if (!some.length) return [];
    const flat = some.map((group) => ({ metric: site.metric(group.about.metric), benchmark: short(group.benchmark),
      backend: group.backend || "–", against: names[group.before], control: group.control ? "control" : "", cells: compared(group), slower: sum(group, WORSE),
      faster: sum(group, BETTER), unsure: group.counts.unsure || 0, middle: group.middle, low: group.low, high: group.high }));
    const place1 = make("div", { id: `hint-${names[place].replaceAll(".", "-")}` });
    const number = (key, title, show) => ({ key, title, number: true, show });
    site.table(place1, [{ key: "benchmark", title: "Benchmark" }, { key: "metric", title: "Metric" }, { key: "backend", title: "Backend" },
      { key: "control", title: "" }, { key: "against", title: "against" }, number("cells", "Cells"), number("slower", "Higher"), number("faster", "Lower"),
      number("unsure", "Cannot tell"), number("middle", "Median", (r) => times(r.middle)), number("low", "lowest", (r) => times(r.low)),
      number("high", "highest", (r) => times(r.high))], flat, { title: `hints-${names[place]}`, mark: (row) => row.control });
    const rows = changed(place, "hint").sort((a, b) => b.size - a.size);
    return [make("h3", {}, "Seconds and memory, as a hint"), make("p", {}, `asv's own figures, each release measured at another moment. A cell counts `
      + `from ${changes.gate}x on, and where the intervals do not overlap; "cannot tell": beyond that, but with intervals that overlap or are `
      + "missing. Rows of control measure what is the same in both releases: what moves there is the machine, and what moves as much "
      + "beside it says nothing."), place1, ...(rows.length ? [tabled(TIMED, rows, `flagged-${names[place]}`)] : [])];
  }

  function about(place) {
    const it = data.releases[place], pins = changes.pins[place] || [];
    const before = [...new Set(here().filter((g) => g.release === place).map((g) => names[g.before]))];
    const parts = [make("h2", { id: "release-title", tabindex: "-1" }, `${changes.package || ""} ${it.name}`.trim()),
      make("p", {}, `Released ${it.date}`, before.length ? `, compared with ${before.join(" and ")}. ` : ". ",
      it.notes && /^https?:/.test(it.notes) ? make("a", { href: it.notes, rel: "noopener" }, "What its release notes say") : null)];
    const previous = data.releases.slice(0, place).filter((each) => each.date).pop()?.name;
    if (pins.length) {
      parts.push(make("p", {}, `Since ${previous}, these changed beside it, and a step may be theirs: `,
        pins.map(([name, old, fresh]) => `${name} ${old || "none"} → ${fresh || "none"}`).join(", "), "."));
    } else if (changes.package && previous) parts.push(make("p", {}, `Nothing else changed since ${previous}.`));
    return parts;
  }

  let drawn = null; // the place that the counts are of: another release leaves them as they are

  function all() {
    const where = PLACE.map((column) => chosen[column].value).join(" ");
    if (where !== drawn) heat();
    drawn = where;
    const place = names.indexOf(release.input.value);
    const found = here().filter((group) => group.release === place);
    const section = document.getElementById("release");
    const none = make("p", { class: "word" },
      `Nothing of this release was measured on ${chosen.volume.value} beside a release before it; choose another release or volume.`);
    const what = moved(place).map((row) => changes.kinds[row[3]]);
    const [better, worse] = [BETTER, WORSE].map((some) => what.filter((each) => some.includes(each)).length);
    document.getElementById("told").textContent = `${names[place]}: ${better} cells better, ${worse} worse`;
    section.replaceChildren(...about(place), ...(found.length ? [exact, ratios, hints].flatMap((part) => part(place, found)) : [none]));
    one(false);
  }

  // ---- one cell ---------------------------------------------------------------------------

  async function one(go) {
    const number = numbered(site.state.get("cell"));
    const section = document.getElementById("one");
    section.hidden = number === undefined;
    if (section.hidden) return;
    const row = site.cell(number), values = data.values[number];
    const bound = (bounds, n) => bounds[number]?.[n] ?? null;
    const rows = [...names.keys()].filter((n) => values[n] !== null && data.releases[n].date).map((n) => ({ release: names[n], order: n,
      date: data.releases[n].date, value: values[n], low: bound(data.low, n), high: bound(data.high, n) }));
    document.getElementById("one-title").textContent = `${site.metric(row.metric)} of ${short(row.benchmark)} over the releases`;
    const asv = site.history(row);
    const left = Map.groupBy(data.gaps.filter(([cell]) => cell === number).sort((a, b) => a[1] - b[1]),
      ([, place, status, why]) => `${status}: ${data.reasons[why].replaceAll(` ${names[place]}`, "")}`); // it names each release
    document.getElementById("one-words").replaceChildren(`${words(row)}, on ${row.volume}. ${data.benchmarks[row.benchmark].question} `,
      ...[...left].map(([why, some]) => `On ${some.map((gap) => names[gap[1]]).join(", ")} ${why}. `), asv ? make("a", { href: asv }, "asv's own graph") : "");
    const said = `${row.unit} of ${words(row)}: ${rows.map((r) => `${r.release} ${site.figure(r.value, unit(row))}`).join(", ")}`;
    const change = (whole) => { // without intervals, Vega has nothing to scale their layer by
      if (rows.every((r) => r.low === null || r.high === null)) whole.layer = whole.layer.slice(1);
      for (const layer of whole.layer) layer.encoding.y.title = row.unit;
    };
    site.table(document.getElementById("one-table"), [{ key: "release", title: "Release" }, { key: "date", title: "Date" },
      { key: "value", title: row.unit, number: true, show: (r) => site.figure(r.value, unit(row)) },
      { key: "low", title: "from", number: true, show: (r) => (r.low === null ? "" : site.figure(r.low, unit(row))) },
      { key: "high", title: "to", number: true, show: (r) => (r.high === null ? "" : site.figure(r.high, unit(row))) },
      { key: "script", title: "reproduce", told: false, show: (r) => site.script(Object.assign(site.cell(number), { release: r.release }), `${row.metric} on ${r.release}`) }], rows, { title: "history" });
    await site.chart(document.getElementById("one-chart"), "history", rows, said, { change });
    if (go) document.getElementById("one-title").focus();
  }

  all();
})();
