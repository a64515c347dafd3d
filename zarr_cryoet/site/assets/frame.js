"use strict";
// What every page of ours uses: the data, the URL, controls, tables, charts. Everything that comes
// from data is put into the page as text, never as markup.

const site = (() => {
  const own = JSON.parse(document.getElementById("own").textContent);
  const data = window.zarrCryoet || null;
  const COLUMNS = data ? Object.keys(data.cells) : [];

  // ---- the page ---------------------------------------------------------------------------

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (name === "class") element.className = value;
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((c) => c !== null && c !== undefined));
    return element;
  }

  // One line for everybody, screen readers included, at the head of the page; "" takes it away.
  function word(text) {
    const place = document.getElementById("word");
    place.textContent = text;
    place.className = "word";
    place.hidden = !text;
  }

  // ---- the data ---------------------------------------------------------------------------

  const name = (column, cell) => data.names[column][data.cells[column][cell]];

  function cell(number) {
    const found = { cell: number };
    for (const column of COLUMNS) found[column] = name(column, number);
    const about = data.benchmarks[found.benchmark];
    return Object.assign(found, { metric: about.metric, unit: about.unit, exact: about.exact });
  }

  // Numbers of the cells for which every column has one of the values: {volume: "phantom-128"}.
  function cells(filter = {}) {
    const { metric, exact, ...columns } = filter;
    const wanted = Object.entries(columns).map(([column, value]) => {
      const values = new Set([].concat(value).map((v) => data.names[column].indexOf(v)));
      return [data.cells[column], values];
    });
    const found = [];
    for (let i = 0; i < data.values.length; i++) {
      if (!wanted.every(([places, values]) => values.has(places[i]))) continue;
      const about = data.benchmarks[name("benchmark", i)];
      if (metric !== undefined && ![].concat(metric).includes(about.metric)) continue;
      if (exact !== undefined && about.exact !== exact) continue;
      found.push(i);
    }
    return found;
  }

  // Rows of those cells that have a figure for a release (its number); the newest where none is told.
  function rows(filter, release) {
    const found = [];
    for (const number of cells(filter)) {
      const values = data.values[number];
      const place = release === undefined ? last(values) : release;
      if (place < 0 || values[place] === null) continue;
      found.push(Object.assign(cell(number), {
        release: data.releases[place].name,
        value: values[place],
        low: data.low[number] ? data.low[number][place] : null,
        high: data.high[number] ? data.high[number][place] : null,
      }));
    }
    return found;
  }

  function last(values) {
    for (let i = values.length - 1; i >= 0; i--) if (values[i] !== null) return i;
    return -1;
  }

  // What did not run, of those cells: with its status and its reason.
  function gaps(filter, release) {
    const wanted = new Set(cells(filter));
    return data.gaps
      .filter(([number, place]) => wanted.has(number) && (release === undefined || place === release))
      .map(([number, place, status, reason]) => Object.assign(cell(number), {
        release: data.releases[place].name, status, reason: data.reasons[reason],
      }));
  }

  // Values of a column that occur among some cells, in the order of the data.
  function values(column, filter = {}) {
    const seen = new Set(cells(filter).map((i) => data.cells[column][i]));
    return data.names[column].filter((_, place) => seen.has(place));
  }

  // ---- the URL: everything that is chosen stands behind its # -------------------------------

  const listeners = [];
  const state = {
    all: () => Object.fromEntries(new URLSearchParams(location.hash.slice(1))),
    get: (key, otherwise = "") => new URLSearchParams(location.hash.slice(1)).get(key) ?? otherwise,
    // null takes a key away; moves of a slider replace the address, they do not fill the history
    set(changes) {
      const found = new URLSearchParams(location.hash.slice(1));
      for (const [key, value] of Object.entries(changes)) {
        if (value === null || value === "") found.delete(key);
        else found.set(key, value);
      }
      history.replaceState(null, "", `#${found}`);
    },
    on: (listener) => listeners.push(listener),
  };
  addEventListener("hashchange", () => listeners.forEach((listener) => listener()));

  // ---- controls ---------------------------------------------------------------------------

  // A labelled choice, kept in the URL; a value from the URL that is none of the options is dropped.
  function choice(key, label, options, change, otherwise = options[0]) {
    const pairs = options.map((option) => (Array.isArray(option) ? option : [option, option]));
    const known = pairs.map(([value]) => String(value));
    const first = Array.isArray(otherwise) ? otherwise[0] : otherwise;
    const asked = state.get(key, first);
    const select = make("select", {
      id: `choice-${key}`, onchange: () => { state.set({ [key]: select.value }); change(); },
    });
    for (const [value, shown] of pairs) select.append(make("option", { value }, shown));
    select.value = known.includes(String(asked)) ? asked : first;
    return Object.assign(make("label", { for: select.id }, label, select), { input: select });
  }

  function check(key, label, change, otherwise = false) {
    const box = make("input", {
      type: "checkbox", id: `check-${key}`,
      onchange: () => { state.set({ [key]: box.checked === otherwise ? null : box.checked ? "1" : "0" }); change(); },
    });
    box.checked = state.get(key, otherwise ? "1" : "0") === "1";
    return Object.assign(make("label", { class: "check", for: box.id }, box, label), { input: box });
  }

  // ---- tables -----------------------------------------------------------------------------

  // columns: [{key, title, number, show(row) -> text or element, told}]; sorted by a click on a
  // head, and told as CSV and JSON, but for columns of buttons (told: false). Long ones show their
  // first rows until the rest is asked for.
  function table(place, columns, found, { title = "table", caption = "", limit = 50, mark } = {}) {
    const key = `sort-${place.id || title}`;
    let [, sorted, order] = state.get(key).match(/^(.*)\.(up|down)$/) || [];
    let shown = limit;
    const body = make("tbody");
    const heads = columns.map((column) => make("th", {
      scope: "col", class: column.number ? "n" : undefined,
    }, column.told === false ? column.title : make("button", { type: "button", onclick: () => sort(column.key) }, column.title)));
    const kept = columns.filter((column) => column.told !== false);
    const more = make("button", { type: "button", onclick: () => { shown = Infinity; draw(); } });
    const tools = make("div", { class: "tools" }, make("span", {}, `${found.length} rows`),
      make("button", { type: "button", onclick: () => save(`${title}.csv`, csv(kept, found)) }, "CSV"),
      make("button", { type: "button", onclick: () => save(`${title}.json`, json(kept, found)) }, "JSON"),
      more);

    function sort(column) {
      order = sorted === column && order === "up" ? "down" : "up";
      sorted = column;
      state.set({ [key]: `${sorted}.${order}` });
      draw();
    }

    function draw() {
      const list = [...found];
      if (columns.some((column) => column.key === sorted)) {
        const sign = order === "down" ? -1 : 1;
        list.sort((a, b) => sign * compare(a[sorted], b[sorted]));
      }
      heads.forEach((head, i) => {
        const here = columns[i].key === sorted;
        head.setAttribute("aria-sort", here ? (order === "down" ? "descending" : "ascending") : "none");
      });
      body.replaceChildren(...list.slice(0, shown).map((row) => make("tr", {
        class: mark && mark(row) ? "marked" : undefined,
      }, ...columns.map((column) => make("td", { class: column.number ? "n" : undefined },
        column.show ? column.show(row) ?? "" : String(row[column.key] ?? ""))))));
      more.hidden = list.length <= shown;
      more.textContent = `all ${list.length}`;
    }

    draw();
    place.replaceChildren(tools, make("div", { class: "wide" }, make("table", {},
      caption ? make("caption", {}, caption) : null, make("thead", {}, make("tr", {}, ...heads)), body)));
  }

  // What stands in a <details> is made once that is opened, and anew with each change while it is.
  function behind(place, fill) {
    const whole = place.closest("details");
    whole.ontoggle = () => whole.open && fill(place);
    whole.ontoggle();
  }

  // What stands where a row and a column meet. cell(row, column) -> {text, tone, said, click}; tones:
  // all, some, none, bad, skipped. A field that can be clicked is a button.
  function matrix(place, rows, columns, corner, cell, caption = "") {
    const field = (row, column) => {
      const { text, tone, said, click, chosen } = cell(row, column);
      if (!click) return make("td", { class: `tone-${tone}`, title: said }, text);
      return make("td", { class: `tone-${tone}` }, make("button",
        { type: "button", title: said, "aria-label": said, "aria-pressed": chosen ? "true" : "false", onclick: click }, text));
    };
    place.replaceChildren(make("div", { class: "wide" }, make("table", { class: "matrix" },
      caption ? make("caption", {}, caption) : null,
      make("thead", {}, make("tr", {}, make("th", { scope: "col" }, corner),
        ...columns.map((column) => make("th", { scope: "col" }, column)))),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, make("th", { scope: "row" }, row),
        ...columns.map((column) => field(row, column))))))));
  }

  const collator = new Intl.Collator("en", { numeric: true }); // made once: it is most of the work

  function compare(a, b) {
    if (a === b) return 0;
    if (a === null || a === undefined) return 1;
    if (b === null || b === undefined) return -1;
    if (typeof a === "number" && typeof b === "number") return a - b;
    return collator.compare(String(a), String(b));
  }

  function csv(columns, found) {
    // a text that a spreadsheet would take for a formula is kept a text
    const quote = (value) => {
      const text = String(value ?? "");
      const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
      return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };
    const lines = found.map((row) => columns.map((column) => quote(row[column.key])).join(","));
    return [columns.map((column) => quote(column.key)).join(","), ...lines].join("\r\n") + "\r\n";
  }

  function json(columns, found) {
    const keys = columns.map((column) => column.key);
    return JSON.stringify(found.map((row) => Object.fromEntries(keys.map((k) => [k, row[k] ?? null]))), null, 1);
  }

  function save(file, text) {
    const kind = file.endsWith(".csv") ? "text/csv" : file.endsWith(".json") ? "application/json" : "text/plain";
    const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: kind })), download: file });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // ---- charts -----------------------------------------------------------------------------

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const drawn = new Map();

  function theme() {
    const style = getComputedStyle(document.body);
    const of = (variable) => { // light-dark() is resolved where it is used alone
      const probe = make("span", { style: `color: var(${variable})` });
      document.body.append(probe);
      const colour = getComputedStyle(probe).color;
      probe.remove();
      return colour;
    };
    const [text, quiet, line] = ["--text", "--quiet", "--line"].map(of);
    const axis = { labelColor: quiet, titleColor: text, gridColor: line, domainColor: line, tickColor: line };
    return {
      background: "transparent", font: style.fontFamily, axis, header: { labelColor: text, titleColor: text },
      legend: { labelColor: quiet, titleColor: text }, title: { color: text, subtitleColor: quiet },
      view: { stroke: line }, text: { color: text },
    };
  }

  // Draw a chart of `specs` with rows; `said` is what a screen reader is told. Gives Vega's view, or
  // null where there is nothing to draw, which is then said in words. Where the same chart stands in
  // the place, changed by the same function, only its rows and its parameters (`params`) are renewed.
  async function chart(place, which, found, said, options = {}) {
    const { data: more = {}, change, params = {}, renderer = "svg" } = options;
    const spec = own.specs[which];
    const figure = place.tagName === "FIGURE" ? place : place.closest("figure") || place;
    figure.setAttribute("role", "group");
    figure.setAttribute("aria-label", said);
    const old = drawn.get(place);
    const same = old && old.view && old.which === which && old.options.change === change && !options.data;
    drawn.set(place, { which, found, said, options, view: same ? old.view : null });
    const nothing = () => make("p", { class: "word" }, said || "Nothing to draw.");
    if (same) place.querySelector(":scope > .word")?.remove();
    if (same && !found.length) { // kept out of sight: to make it anew takes longer than a move should
      place.firstElementChild.hidden = true;
      place.append(nothing());
      return null;
    }
    if (same) {
      place.firstElementChild.hidden = false;
      for (const [name, value] of Object.entries(params)) old.view.signal(name, value);
      place.querySelector("[role=img], svg, canvas")?.setAttribute("aria-label", said);
      return old.view.data("rows", found).runAsync();
    }
    end(old);
    drawn.get(place).view = null;
    if (!found.length) {
      place.replaceChildren(nothing());
      return null;
    }
    if (!spec || !window.vegaEmbed) {
      place.replaceChildren(make("p", { class: "word" },
        "Charts need the extra `site` of zarr-cryoet where the site is made. The table has the same figures."));
      return null;
    }
    const whole = { ...spec, data: { name: "rows" }, datasets: { rows: found, ...more } };
    const look = theme();
    whole.config = { ...look, ...spec.config, view: { ...look.view, ...spec.config?.view } };
    if (spec.params) whole.params = spec.params.map((p) => (p.name in params ? { ...p, value: params[p.name] } : p));
    if (change) change(whole);
    const target = make("div");
    place.replaceChildren(target); // before it is drawn, so that it has a width
    const mine = drawn.get(place);
    // neither guess what the chart is (one of several panels is taken for another kind), nor warn of
    // layers that are empty by intent
    const made = await vegaEmbed(target, whole, { mode: "vega-lite", logLevel: 1, actions: { export: true, source: false, compiled: false, editor: false }, renderer, tooltip: { theme: dark.matches ? "dark" : "light" } });
    target.querySelector("svg, canvas")?.setAttribute("aria-label", said);
    if (drawn.get(place) === mine) mine.view = made.view;
    else if (!target.isConnected) made.view.finalize();
    return made.view;
  }

  function end(old) {
    if (old && old.view) old.view.finalize();
  }

  dark.addEventListener("change", () => {
    for (const [place, { which, found, said, options, view }] of drawn) {
      if (!place.isConnected) continue;
      end({ view });
      drawn.delete(place);
      chart(place, which, found, said, options);
    }
  });

  // ---- words ------------------------------------------------------------------------------

  const digits = (value) => Number(value.toPrecision(3)).toString();

  function seconds(value) {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    if (size >= 0.9995) return `${digits(value)} s`;
    if (size >= 0.9995e-3) return `${digits(value * 1e3)} ms`;
    return `${digits(value * 1e6)} µs`;
  }

  function bytes(value) {
    if (value === null || value === undefined) return "–";
    let unit = 0;
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit += 1; }
    return `${unit ? value.toFixed(1) : value} ${units[unit]}`;
  }

  // A figure with its unit, whatever it is.
  function figure(value, unit) {
    if (value === null || value === undefined) return "–";
    if (unit === "seconds") return seconds(value);
    if (unit === "bytes") return bytes(value);
    const shown = Number.isInteger(value) ? value.toLocaleString("en") : digits(value);
    return unit ? `${shown} ${unit}` : shown;
  }

  // A metric's title; the id of one that is no longer known.
  function metric(id) {
    return data?.metrics[id]?.title || (id || "").replaceAll("_", " ");
  }

  // Two figures with as many digits as it takes to see that they differ; and how one is to the other.
  function figures(before, after, unit) {
    const shown = [before, after].map((value) => figure(value, unit));
    for (let more = 4; before !== after && shown[0] === shown[1] && more < 16; more++) {
      [before, after].forEach((value, i) => { shown[i] = String(Number(value.toPrecision(more))); });
    }
    return shown;
  }

  function times(ratio) {
    if (ratio === null || ratio === undefined) return "–";
    let more = 3;
    while (ratio !== 1 && more < 12 && Number(ratio.toPrecision(more)) === 1) more += 1;
    return `${ratio.toPrecision(more)}x`;
  }

  // ---- the script of a cell ---------------------------------------------------------------

  const loaded = new Map(); // by element, so that it works from files as well
  const load = (file) => loaded.get(file) || loaded.set(file, new Promise((done, fail) => {
    document.head.append(make("script", { src: file, onload: done, onerror: () => { loaded.delete(file); fail(); } }));
  })).get(file);

  // Shows the script that measures a cell by itself, or why there is none and what measures it.
  // `rows`: one of `cell` with its `release`, or several to choose from; or, of what is no cell
  // here, {title, said, command}, with the command as a list of words.
  async function reproduce(rows) {
    try {
      for (const file of ["reproduce.js", "reproduce-parts.js", "reproducing.js"]) await load(file);
    } catch {
      return word("The parts of scripts are missing: they stand beside this page, and did not load.");
    }
    return reproducing.show([].concat(rows));
  }

  // A button for it; `rows` may be a function that finds them.
  function script(rows, named, what = "script") {
    return make("button", { type: "button", "aria-haspopup": "dialog", "aria-label": `${what} for ${named}`,
      onclick: () => reproduce(typeof rows === "function" ? rows() : rows) }, what);
  }

  // asv's own graph of a cell's benchmark, with its parameters chosen.
  function history_of(row) {
    if (data.benchmarks[row.benchmark].source === "sweep") return null;
    const more = (row.more || "").split(", ").filter(Boolean).map((part) => [part.split(" ")[0], part.slice(part.indexOf(" ") + 1)]);
    const chosen = [["codec", row.codec], ["layout", row.layout], ["backend", row.backend], ["store", row.store], ["operation", row.operation],
      ["access", data.reads[row.operation]], ...more].filter(([, value]) => value)
      .map(([axis, value]) => [axis, `'${value}'`]); // as Python spells it; asv leaves out axes that the benchmark has not
    if (row.format) chosen.push(["zarr_format", row.format]);
    const part = ([key, value]) => `&p-${encodeURIComponent(key)}=${encodeURIComponent(value)}`;
    return `index.html#${row.benchmark}?env-ZARR_CRYOET_VOLUME=${encodeURIComponent(row.volume)}${chosen.map(part).join("")}`;
  }

  return { own, data, make, word, cell, cells, rows, gaps, values, last, state, choice, check, table, behind, matrix, chart,
    save, csv, seconds, bytes, figure, metric, figures, times, digits, compare, reproduce, script, history: history_of };
})();

if (!site.data) site.word("The data of this site are missing: data.js stands beside this page, and did not load.");
else if (!site.data.values.length && !site.data.gaps.length) {
  site.word("There are no results yet. `zarr-cryoet bench` measures, and publishes this site again.");
}
