"use strict";
// The record as a matrix: chosen by format, layout and codec family; each field tells its cells.

(() => {
  const { make, own } = site;
  const record = own.own;
  const controls = document.getElementById("controls");
  if (!record || !controls) return;
  const { names, columns } = record;
  const SAID = { exact: "read bit for bit", differs: "other voxels came, and no error", unreadable: "the reader raised",
    skipped: "one of the two does not know it", failed: "the writer did not pass its own proof, or a process gave no answer" };
  const all = columns.writer.map((_, number) => {
    const row = { number };
    for (const field of Object.keys(columns)) row[field] = names[field][columns[field][number]];
    row.family = record.families[row.codec] || "unknown";
    row.form = `v${row.zarr_format} ${row.layout}`;
    row.hurt = record.hurt[number];
    row.error = record.errors[number] ?? null;
    return row;
  });
  const distinct = (rows, field) => [...new Set(rows.map((row) => row[field]))];
  const sound = all.filter((row) => !row.fault);

  // ---- what is chosen ---------------------------------------------------------------------

  const FILTERS = [["format", "zarr_format", "Zarr format"], ["layout", "layout", "Layout"], ["family", "family", "Codec family"],
    ["codec", "codec", "Codec"]];
  const inputs = {};
  for (const [key, field, label] of FILTERS) {
    const control = site.choice(key, label, [["", "all"], ...distinct(sound, field).map(String).sort()], draw, "");
    inputs[field] = control.input;
    controls.append(control);
  }
  const fits = (row) => Object.entries(inputs).every(([field, input]) => !input.value || String(row[field]) === input.value);
  site.state.on(() => {
    for (const [key, field] of FILTERS) inputs[field].value = site.state.get(key);
    draw();
  });

  // ---- fields -----------------------------------------------------------------------------

  function field(rows, who, which) {
    const count = (status) => rows.filter((row) => row.status === status).length;
    const tried = rows.length - count("skipped"), exact = count("exact"), wrong = count("differs");
    const chosen = site.state.get("show") === which;
    const click = () => { site.state.set({ show: chosen ? null : which }); draw(); };
    if (!tried) {
      const why = rows.length ? distinct(rows, "reason").join("; ") : "not tried";
      return { text: "–", tone: "skipped", said: `${who}: none of ${rows.length}, as ${why}`, click: rows.length ? click : null, chosen };
    }
    const tone = exact === tried ? "all" : wrong ? "bad" : exact ? "some" : "none";
    const said = `${who}: ${exact} of ${tried} bit for bit${wrong ? `, ${wrong} with other voxels and no error` : ""}`
      + `${tried - exact - wrong ? `, ${tried - exact - wrong} refused` : ""}`;
    return { text: `${exact}/${tried}${wrong ? ` ≠ ${wrong}` : ""}`, tone, said, click, chosen };
  }

  function grid(place, rows, role, corner) {
    const lines = names[role].filter((name) => rows.some((row) => row[role] === name));
    const readers = names.reader.filter((name) => rows.some((row) => row.reader === name));
    const met = Map.groupBy(rows, (row) => `${row[role]}~${row.reader}`);
    site.matrix(document.getElementById(place), lines, readers, corner, (line, reader) =>
      field(met.get(`${line}~${reader}`) || [], `${reader} reads ${line}`, `${role}~${line}~${reader}`));
  }

  // A script writes and reads with one library, and compares; what two exchange, interop measures.
  function script(row) {
    const named = `${row.reader} reads ${row.codec} of ${row.writer}`;
    const [backend, release] = record.parties[row.reader] || ["", ""];
    const alone = row.writer === row.reader && row.status !== "skipped" && backend;
    return site.script({ volume: record.volume, facts: record.facts, codec: row.codec, layout: row.layout, format: String(row.zarr_format),
      title: `${named}, v${row.zarr_format} ${row.layout}`, said: "A script works with one library; this measures what two exchange, each in an environment of its own.",
      ...(alone ? { benchmark: "", backend, release, store: "local", cache: "", metric: "seconds", operation: "read-full" } : {}),
      command: ["zarr-cryoet", "interop", "--volume", record.volume, "--codecs", row.codec, "--writers", row.writer, "--readers", row.reader] }, named);
  }

  const NUMBER = { number: true };
  function cells(rows) {
    const place = document.getElementById("cells");
    const [role, line, reader] = site.state.get("show").split("~");
    const found = ["writer", "codec"].includes(role) ? rows.filter((row) => row[role] === line && row.reader === reader) : [];
    document.getElementById("told").textContent = found.length ? `${found.length} cells of ${reader} and ${line}, below the tables` : "";
    if (!found.length) { place.replaceChildren(); return; }
    const below = make("div", { id: "chosen-cells" });
    place.replaceChildren(make("h2", {}, `${reader} reads ${line}`), below);
    const shown = found.map((row) => ({ ...row, what: SAID[row.status] }));
    site.table(below, [{ key: "writer", title: "Writer" }, { key: "codec", title: "Codec" }, { key: "zarr_format", title: "Format", ...NUMBER },
      { key: "layout", title: "Layout" },
      { key: "what", title: "What came", show: (row) => make("span", { class: row.status === "exact" ? "good" : row.status === "differs" ? "bad" : "" }, row.what) },
      { key: "reason", title: "Reason" },
      { key: "error", title: "Largest error", ...NUMBER, show: (row) => (row.error === null ? "" : site.digits(row.error)) },
      { key: "number", title: "Reproduce", told: false, show: script }],
    shown, { title: `interop-${reader}`, limit: 60 });
  }

  function failures(rows) {
    const found = new Map();
    for (const row of rows) {
      if (["exact", "skipped"].includes(row.status)) continue;
      const who = row.reason.startsWith("not written: ") ? row.writer : row.reader;
      const reason = row.reason.replace(/\b\d+ voxels/, "voxels") || "no reason given";
      const key = `${who}~${row.status}~${reason}`;
      if (!found.has(key)) found.set(key, { who, status: row.status, what: SAID[row.status], reason, count: 0, writers: new Set(), codecs: new Set(), forms: new Set() });
      const line = found.get(key);
      line.count += 1;
      line.writers.add(row.writer);
      line.codecs.add(row.codec);
      line.forms.add(row.form);
    }
    const lines = [...found.values()].map((line) => ({ ...line, writers: [...line.writers].join(", "), codecs: [...line.codecs].join(", "), forms: [...line.forms].join(", ") }))
      .sort((a, b) => (a.status === b.status ? b.count - a.count : a.status === "differs" ? -1 : b.status === "differs" ? 1 : 0));
    const place = document.getElementById("failures");
    if (!lines.length) { place.replaceChildren(make("p", {}, "None among what is chosen.")); return; }
    site.table(place, [{ key: "who", title: "Who" },
      { key: "what", title: "What", show: (row) => make("span", { class: row.status === "differs" ? "bad" : "" }, row.what) },
      { key: "reason", title: "Reason" }, { key: "count", title: "Cells", ...NUMBER }, { key: "codecs", title: "Codecs" },
      { key: "writers", title: "Written by" }, { key: "forms", title: "Forms" }], lines, { title: "failures", limit: 30 });
  }

  const TONES = { exact: "all", raises: "some", zeros: "none", wrong: "bad", dies: "bad", "–": "skipped" };
  function damaged(rows) {
    const place = document.getElementById("damaged");
    const faults = distinct(rows, "fault");
    if (!rows.length) { place.replaceChildren(make("p", {}, "None of what is chosen was damaged.")); return; }
    place.replaceChildren(...faults.flatMap((fault) => {
      const some = rows.filter((row) => row.fault === fault);
      const met = new Map(some.map((row) => [`${row.codec}, ${row.form}~${row.reader}`, row]));
      const lines = [...new Set(some.map((row) => `${row.codec}, ${row.form}`))];
      const below = make("div");
      site.matrix(below, lines, names.reader, "codec and form", (line, reader) => {
        const one = met.get(`${line}~${reader}`);
        const text = one ? one.hurt : "–";
        return { text, tone: TONES[text] || "none", said: one?.reason || `${reader}: ${text}` };
      });
      return [make("h3", {}, `${fault}: ${record.faults[fault] || "no longer asked"}`), below];
    }));
  }

  function draw() {
    const rows = sound.filter(fits);
    const empty = document.getElementById("empty");
    empty.replaceChildren();
    if (!rows.length) {
      empty.append(make("p", { class: "word" }, "No cell has all that is chosen: that codec is not written in that format or layout. Choose “all” in one of the lists."));
    }
    grid("writers", rows, "writer", "written by ╲ read by");
    grid("codecs", rows, "codec", "codec ╲ read by");
    cells(rows);
    failures(rows);
    damaged(all.filter((row) => row.fault && fits(row)));
  }

  draw();
})();
