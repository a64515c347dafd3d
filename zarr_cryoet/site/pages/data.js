"use strict";
// The portrait of a volume, and a table of all of them by what they are.

(() => {
  const { make, own: { own: volumes }, state, digits } = site;
  const names = Object.keys(volumes);
  const at = (id) => document.getElementById(id);
  const KINDS = { real: "Real", derived: "Derived from another", synthetic: "Synthetic", "": "Not known here" };
  const THOUSANDS = (value) => value.toLocaleString("en");

  if (!names.length) {
    at("all").replaceChildren(make("p", { class: "word" },
      "There are no volumes yet. `zarr-cryoet bench` measures one; `zarr-cryoet volumes portrait FILE` shows yours."));
    return;
  }

  const first = names.find((name) => volumes[name].look) || names[0];
  let select;
  function draw() {
    const asked = state.get("volume", first);
    site.word(names.includes(asked) ? "" : `There is no volume ${asked} here; this is ${first}.`);
    const control = site.choice("volume", "volume", names, draw, first);
    if (!select) at("choices").replaceChildren(control);
    select = select || control.input;
    select.value = names.includes(asked) ? asked : first;
    show(select.value);
  }

  function show(name) {
    const { record, look, from, figures } = volumes[name];
    at("volume").replaceChildren(facts(name, record, from, look, figures));
    at("portrait").hidden = !look;
    if (!look) {
      at("volume").append(make("p", { class: "word" },
        `No portrait of ${name} is on record: \`zarr-cryoet volumes portrait ${name}\` makes it, and asv publish shows it.`));
      return;
    }
    slices(name, record, look);
    histogram(name, look);
    spectrum(name, look);
  }

  // ---- what is known ------------------------------------------------------------------------

  function facts(name, record, from, look, figures) {
    if (!record) {
      return make("p", { class: "word" }, `Of ${name} nothing is known here but its figures: it is not in the cache of the machine that made this site.`);
    }
    const spacing = record.voxel_spacing;
    const numbers = look && look.statistics;
    const said = [
      ["provenance", record.provenance],
      ["shape (z, y, x)", record.shape.join(" × ")],
      ["type of a voxel", record.dtype],
      ["size", site.bytes(bytes(record))],
      ["voxel spacing", spacing ? `${spread(spacing)} Å` : "not in the file"],
      ...(numbers ? [["values", `${digits(numbers.min)} to ${digits(numbers.max)}, mean ${small(numbers)}, standard deviation ${digits(numbers.std)}`]] : []),
      ["licence", record.licence || "not known"],
      ["source", from],
      ["SHA-256", record.sha256 || "not known"],
      ["figures", figures ? "on this site" : "none on this site"],
    ];
    return make("dl", {}, ...said.flatMap(([label, value]) => [make("dt", {}, label), make("dd", {}, value)]));
  }

  const bytes = (record) => record.shape.reduce((a, b) => a * b) * (Number(/\d+$/.exec(record.dtype)?.[0] || 8) / 8);
  const spread = (edges) => (new Set(edges).size === 1 ? digits(edges[0]) : edges.map(digits).join(" × "));
  // a mean that is 0 but for rounding is said to be 0
  const small = ({ mean, std }) => (Math.abs(mean) < 1e-6 * std ? "0" : digits(mean));

  // ---- slices -------------------------------------------------------------------------------

  function slices(name, record, look) {
    const planes = Object.entries(look.slices);
    const { step, black, white } = planes[0][1];
    at("grey").textContent = `Black is ${digits(black)} or less, white ${digits(white)} or more: the 1st and 99th percentile. `
      + (step > 1 ? `A pixel is the mean of ${step} × ${step} voxels.` : "A pixel is a voxel.");
    const widest = Math.max(...planes.map(([, each]) => (each.extent || each.size)[0]));
    at("slices").replaceChildren(...planes.map(([plane, each]) => {
      const [across, down] = each.extent || each.size;
      const bar = each.extent ? nice(widest / 4) : null;
      const said = `Slice ${plane} of ${name} at ${"zyx"[["xy", "xz", "yz"].indexOf(plane)]} = ${each.at}, `
        + `${each.size[0]} by ${each.size[1]} pixels${bar ? `; the bar is ${bar / 10} nanometres` : ""}`;
      const image = make("img", { src: each.file, alt: said, width: each.size[0], height: each.size[1],
        style: `width: 100%; height: auto; aspect-ratio: ${across} / ${down}; image-rendering: pixelated; display: block` });
      const scale = bar ? make("div", { "aria-hidden": "true",
        style: `width: ${(100 * bar) / across}%; border-top: 4px solid var(--text); margin-top: .4rem` }) : null;
      const words = `${plane}, at ${"zyx"[["xy", "xz", "yz"].indexOf(plane)]} = ${each.at}`;
      return make("figure", { class: "card", style: "align-self: start; margin: 0" },
        make("div", { style: `width: ${(100 * across) / widest}%` }, image, scale),
        make("figcaption", {}, bar ? `${bar / 10} nm · ${words}` : `${words} · no voxel spacing, so no scale`));
    }));
  }

  // The nearest of 1, 2, 5, 10, ... below a length.
  function nice(length) {
    const power = 10 ** Math.floor(Math.log10(length));
    return [5, 2, 1].map((n) => n * power).find((n) => n <= length);
  }

  // ---- distributions ------------------------------------------------------------------------

  function histogram(name, look) {
    const { low, width, counts, below, above } = look.histogram;
    const rows = counts.map((voxels, i) => ({ low: low + i * width, high: low + (i + 1) * width, voxels }));
    const most = rows.reduce((a, b) => (b.voxels > a.voxels ? b : a));
    const where = width === 1 && !volumes[name].record.dtype.startsWith("float")
      ? `are ${most.low}` : `lie between ${digits(most.low)} and ${digits(most.high)}`;
    const said = width
      ? `Histogram of ${name}: most voxels, ${THOUSANDS(most.voxels)}, ${where}`
        + `${below + above ? `; ${THOUSANDS(below + above)} lie beyond six standard deviations, and are not drawn` : ""}. The axis of voxels is logarithmic but for its beginning.`
      : `All ${THOUSANDS(counts[0])} voxels of ${name} are ${digits(low)}: there is no distribution to draw.`;
    site.chart(at("histogram"), "histogram", width ? rows : [], said);
    at("histogram-said").textContent = width ? said : "";
    site.behind(at("histogram-rows"), (there) => site.table(there, [
      { key: "low", title: "from", number: true, show: (row) => digits(row.low) },
      { key: "high", title: "to", number: true, show: (row) => digits(row.high) },
      { key: "voxels", title: "voxels", number: true, show: (row) => THOUSANDS(row.voxels) },
    ], rows, { title: `${name}-histogram` }));
  }

  function spectrum(name, look) {
    const found = look.spectrum;
    const rows = found ? found.power.map((power, i) => ({ frequency: (i + 1) * found.step, power })).filter((row) => row.power > 0) : [];
    const ends = rows.length ? [rows[0], rows[rows.length - 1]] : [];
    const said = rows.length
      ? `Rotational average of the power spectrum of ${name}: from ${digits(ends[0].power)} at ${digits(ends[0].frequency)} ${found.unit} to ${digits(ends[1].power)} at ${digits(ends[1].frequency)} ${found.unit}, in units of the variance; white noise is 1 throughout.`
      : `All voxels of ${name} are equal: there is no spectrum to draw.`;
    site.chart(at("spectrum"), "spectrum", rows, said, {
      change: (spec) => {
        // a copy: the spec is the page's own
        spec.encoding = { ...spec.encoding, x: { ...spec.encoding.x, title: `spatial frequency (${found.unit})` } };
      },
    });
    at("spectrum-said").textContent = rows.length ? said : "";
    site.behind(at("spectrum-rows"), (there) => site.table(there, [
      { key: "frequency", title: found ? `frequency (${found.unit})` : "frequency", number: true, show: (row) => digits(row.frequency) },
      { key: "power", title: "power (variance)", number: true, show: (row) => digits(row.power) },
    ], rows, { title: `${name}-spectrum` }));
  }

  // ---- all ----------------------------------------------------------------------------------

  function all() {
    const rows = names.map((name) => {
      const { record, from, figures } = volumes[name];
      const shape = record ? record.shape.join(" × ") : "";
      return { name, kind: record ? record.provenance : "", shape, dtype: record?.dtype ?? "", bytes: record ? bytes(record) : null,
        spacing: record?.voxel_spacing ? spread(record.voxel_spacing) : "", licence: record?.licence ?? "", from, figures: figures ? "yes" : "no" };
    });
    const columns = [
      { key: "name", title: "volume", show: (row) => make("a", { href: `#volume=${encodeURIComponent(row.name)}` }, row.name) },
      { key: "shape", title: "voxels (z × y × x)" },
      { key: "dtype", title: "type" },
      { key: "bytes", title: "size", number: true, show: (row) => site.bytes(row.bytes) },
      { key: "spacing", title: "spacing (Å)", number: true },
      { key: "licence", title: "licence" },
      { key: "figures", title: "figures here" },
      { key: "from", title: "source" },
    ];
    at("all").replaceChildren(...Object.entries(KINDS).flatMap(([kind, title]) => {
      const found = rows.filter((row) => row.kind === kind);
      if (!found.length) return [];
      const place = make("div", { id: `all-${kind || "unknown"}` });
      site.table(place, columns, found, { title: `volumes-${kind || "unknown"}` });
      return [make("h3", {}, title), place];
    }));
  }

  all();
  draw();
  state.on(draw);
})();
