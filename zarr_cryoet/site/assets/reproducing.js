"use strict";
// What a button “script” opens; loaded by `site.script` (frame.js) on the first click, after
// reproduce.js and what it puts together. Rows become what zarr_cryoet.reproduce.script.described
// makes of a cell, so that page and terminal give the same text.

const reproducing = (() => {
  const { data, make, save } = site;
  const parts = window.zarrCryoetParts;
  const NEWEST = Object.keys(parts.pins).at(-1);
  const stored = (row) => data?.metrics[row.metric]?.kind === "stored";
  // measured in another way, of the same call: a script of seconds is what one can run of it
  const INSTEAD = { time_ratio: "A ratio takes two environments. This script takes the seconds of one; written for the other release as well, it gives the ratio." };

  function kind(volume) {
    const product = { uint8: "levels", labels: "labels" }[volume.source?.product];
    return product || (/^[<>=|]?f/.test(volume.dtype) ? "float" : "integer");
  }

  const swept = (row) => data?.benchmarks[row.benchmark]?.source === "sweep";

  // Whose pins: the release's; of an environment that no release names, those of the newest.
  function pinned(name) {
    const known = [name, String(name).replace(/^zarr(-python)?[-@]/, "")].find((each) => each in parts.pins);
    const dated = data?.releases.some((each) => each.name === name && each.date);
    return known || (dated ? name : NEWEST);
  }

  function described(row) {
    const volume = data.volumes[row.volume] || row.facts;
    const operation = row.operation || (stored(row) ? "read-full" : "");
    const cold = row.cache === "cold";
    const { codec, layout, backend, store } = row;
    const id = `${row.volume}_${codec}_${layout}_v${row.format}_${backend}_${store}_${operation}${cold ? "_cold" : ""}`;
    return {
      volume: volume && { id: row.volume, shape: volume.shape, dtype: volume.dtype, sha256: volume.sha256 || "", kind: kind(volume) },
      codec, layout, zarr_format: Number(row.format), backend, store, operation, cold, name: id,
      metric: row.metric in INSTEAD ? "seconds" : row.metric, release: pinned(row.release), skip: row.skip || null, file: null,
    };
  }

  // Why a row has no script, where `reproduce` could not say so.
  function missing(row, cell) {
    if (row.more) return `a script does not take what else is set there: ${row.more}`;
    if (!row.codec || !row.layout || !row.format || !row.backend || !row.store || !cell.operation) return "it is not one operation on one array";
    if (!(row.codec in parts.codecs)) return `the codec ${row.codec} is no longer known`;
    if (!(row.layout in parts.layouts)) return `the layout ${row.layout} is no longer known`;
    if (!cell.volume) return `shape and type of ${row.volume} were not known where this site was made`;
    const wanted = row.format === "2" ? "2" : "3";
    return wanted in parts.codecs[row.codec] ? "" : `${row.codec} has no format ${wanted}`;
  }

  const told = (value) => (/^[\w.,:=@/+-]+$/.test(value) ? value : `'${String(value).replaceAll("'", "'\\''")}'`);
  const command = (...words) => words.map(told).join(" ");

  // What measures a cell that has no script.
  function measures(row) {
    if (row.command) return command(...row.command);
    if (swept(row) && row.operation) {
      return command("zarr-cryoet", "sweep", "--volume", row.volume, "--codecs", row.codec, "--layouts", row.layout, "--operations", row.operation,
        "--backends", row.backend, "--stores", row.store, "--formats", row.format, ...(row.cache === "cold" ? ["--cold"] : []));
    }
    const release = data.releases.find((each) => each.name === row.release && each.date) ? [`v${row.release}^!`] : [];
    return `ZARR_CRYOET_VOLUME=${command(row.volume, "asv", "run", ...release, "--bench", `^${row.benchmark}`)}`;
  }

  // {text, refused, cell, notes}: of one row.
  function of(row) {
    if (!row.metric) return { text: null, refused: row.said, cell: null, notes: [] }; // a command alone
    const cell = described(row);
    const why = missing(row, cell);
    if (why) return { text: null, refused: why, cell, notes: [] };
    const notes = row.metric in INSTEAD ? [INSTEAD[row.metric]] : [];
    if (row.release && cell.release !== row.release) notes.push(`Measured in the environment “${row.release}”; the script installs what the history pins for zarr ${cell.release}.`);
    return { ...reproduce(parts, cell), cell, notes };
  }

  // ---- the dialog -------------------------------------------------------------------------

  async function copy(button, pre) {
    const whole = document.createRange();
    whole.selectNodeContents(pre);
    try {
      await navigator.clipboard.writeText(pre.textContent);
    } catch { // where a page may not, what is selected is copied
      getSelection().removeAllRanges();
      getSelection().addRange(whole);
      if (!document.execCommand("copy")) { button.textContent = "selected: press Ctrl+C"; return; }
    }
    button.textContent = "copied";
  }

  function copied(text, what) {
    const pre = make("pre", { class: what === "script" ? null : "line", tabindex: "0", "aria-label": what }, text);
    const button = make("button", { type: "button", onclick: () => copy(button, pre) }, "copy");
    return { pre, button };
  }

  function script(found, row) {
    const { cell, text } = found;
    const file = `${cell.name.replace(/[^\w.-]+/g, "-").slice(0, 120)}.py`;
    const prepared = (data.volumes[cell.volume.id] || row.facts).provenance === "synthetic";
    const input = prepared ? `${cell.volume.id}.npy` : "volume.npy";
    const { pre, button } = copied(text, "script");
    const run = copied(`uv run ${command(file, input)}`, "how to run it");
    return [
      ...found.notes.map((note) => make("p", {}, note)),
      make("p", {}, "It needs nothing of this project, writes the array as this cell is stored, compares what it reads, and prints the figure."),
      run.pre, make("p", { class: "quiet" }, prepared ? `zarr-cryoet volumes prepare ${cell.volume.id} makes that file and says where it is; ` : "The file is the volume as .npy, or MRC that is not compressed; ",
        "without a file, noise of the same shape stands for it, and the figure is another."),
      make("div", { class: "tools" }, button, make("button", { type: "button", onclick: () => save(file, text) }, `download ${file}`)), pre,
    ];
  }

  function none(found, row) {
    const { pre, button } = copied(measures(row), "command");
    return [make("p", { class: "word" }, !row.metric ? found.refused : `There is no script for this, as ${found.refused}.`),
      make("p", {}, row.command || swept(row) ? "This measures it, in a clone:" : "In a clone, this measures the benchmark that it is a cell of:"), pre, make("div", { class: "tools" }, button)];
  }

  const title = (row) => row.title || `${site.metric(row.metric)}${row.operation && !stored(row) ? ` of ${row.operation}` : ""}`;

  function show(rows) {
    const below = make("div");
    const head = make("h2", { id: "script-title" });
    const which = make("select", { "aria-label": "figure", onchange: () => draw(rows[which.selectedIndex]) },
      ...rows.map((row) => make("option", {}, title(row))));
    const dialog = make("dialog", { id: "script", "aria-labelledby": "script-title" },
      make("form", { method: "dialog" }, make("button", {}, "close")), head, rows.length > 1 ? make("label", {}, "figure ", which) : null, below);

    function draw(row) {
      const found = of(row);
      head.textContent = row.title || `${title(row)}: ${[row.codec, row.layout, row.format && `v${row.format}`, row.backend].filter(Boolean).join(" ")}`;
      below.replaceChildren(...(found.text ? script(found, row) : none(found, row)));
    }

    dialog.addEventListener("close", () => dialog.remove());
    draw(rows[0]);
    document.body.append(dialog);
    dialog.showModal();
  }

  return { show, of, described };
})();
