"use strict";
// The calculator: requests, bytes and seconds were worked out where the site was made
// (`site/costing.py`); money is a sum of prices, done here.

(() => {
  const { make, own } = site;
  const it = own.own;
  const rows = it.rows.map((row) => Object.fromEntries(it.fields.map((field, i) => [field, row[i]])));
  const distinct = (found, field) => [...new Set(found.map((row) => row[field]))];

  function dollars(value) {
    if (value === null) return "no price";
    if (value >= 0.01 || value === 0) return `$${value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
    return `$${value.toFixed(Math.min(12, 1 - Math.floor(Math.log10(value))))}`;
  }
  const plus = (parts) => (parts.includes(null) ? null : parts.reduce((a, b) => a + b, 0));
  const by = (price, count) => (count === 0 ? 0 : price === null ? null : price * count);

  // ---- what is chosen ---------------------------------------------------------------------

  const controls = document.getElementById("controls");
  const SHOW = [["seconds", "time of one view"], ["requests", "requests of one view"], ["bytes", "bytes of one view"],
    ["money", "money for all views"]];
  const lists = {
    shape: site.choice("shape", "Voxels (z, y, x), float32", Object.entries(it.shapes).map(([shape, what]) => [shape, `${shape.replaceAll(",", " x ")}: ${what}`]), draw),
    backend: site.choice("backend", "Library", distinct(rows, "backend"), draw),
    network: site.choice("network", "Network", it.networks, draw),
    provider: site.choice("provider", "Prices", it.prices.map((p) => [p.id, p.name]), draw),
    readers: site.choice("readers", "Bytes go", [["internet", "to the internet"], ["region", "to the bucket's own region"]], draw),
    show: site.choice("show", "Figure", SHOW, draw),
  };
  function count(key, label, otherwise) {
    const asked = Number(site.state.get(key, otherwise));
    const input = make("input", { type: "number", id: `count-${key}`, min: "1", max: "1000000000", step: "1",
      value: Number.isInteger(asked) && asked > 0 ? asked : otherwise,
      oninput: () => {
        const good = Number.isInteger(Number(input.value)) && Number(input.value) > 0;
        if (good) site.state.set({ [key]: input.value });
        draw();
      } });
    return Object.assign(make("label", { for: input.id }, label, input), { input });
  }
  lists.views = count("views", "Views a month, all tomograms", 1000);
  lists.tomograms = count("tomograms", "Tomograms", 1);
  controls.append(...Object.values(lists));
  const value = (key) => lists[key].input.value;
  site.state.on(() => {
    for (const [key, { input }] of Object.entries(lists)) {
      const asked = site.state.get(key);
      if (asked && (!input.options || [...input.options].some((o) => o.value === asked))) input.value = asked;
    }
    draw();
  });

  // ---- the calculator ---------------------------------------------------------------------

  function priced(row, price, views) {
    const requests = ["gets", "ranges", "heads"].map((kind) => by(price.each[kind], row[kind]));
    const out = value("readers") === "region" ? 0 : by(price.egress, row.bytes);
    const one = plus([...requests, out]);
    return { ...row, requests: row.gets + row.ranges + row.heads, time: row.seconds[it.networks.indexOf(value("network"))] ?? null,
      money: one === null ? null : one * views };
  }

  // These are forecasts: the command that works them out, for the network that is chosen.
  function script(row) {
    const named = `${row.access} in ${row.layout}, by ${row.backend}`;
    return site.script(() => ({ title: named, said: "Requests and bytes of a bucket are worked out, not timed; a script for files would count others.",
      command: ["zarr-cryoet", "costs", "--shape", row.shape, "--layouts", row.layout, "--access", row.access, "--backend", row.backend,
        ...it.options[it.networks.indexOf(value("network"))], "--provider", value("provider")] }), named, "command");
  }

  const FIGURES = { seconds: (row) => [row.time, site.seconds(row.time)],
    requests: (row) => [row.requests, row.requests.toLocaleString("en")], bytes: (row) => [row.bytes, site.bytes(row.bytes)],
    money: (row) => [row.money, dollars(row.money)] };

  function heat(found, said) {
    const drawn = found.map((row) => {
      const [figure, shown] = FIGURES[value("show")](row);
      return { layout: row.layout, access: row.access, figure, shown };
    });
    // opening is so much less that it would leave no shades for the rest
    const logs = drawn.filter((row) => row.figure && row.access !== "open").map((row) => Math.log(row.figure));
    const low = Math.min(...logs), span = Math.max(...logs) - low || 1;
    for (const row of drawn) row.weight = row.figure ? Math.max(0.02, 0.08 + 0.8 * (Math.log(row.figure) - low) / span) : 0.02;
    const title = SHOW.find(([key]) => key === value("show"))[1];
    const least = drawn.filter((row) => row.figure !== null && row.access !== "open").sort((a, b) => a.figure - b.figure)[0];
    return site.chart(document.getElementById("heat"), "heat", drawn,
      `${title}, by layout and by what is read; ${said}. ${least ? `Least, beside opening: ${least.shown} for ${least.access} in ${least.layout}.` : ""}`, { renderer: "canvas" });
  }

  function draw() {
    const price = it.prices.find((p) => p.id === value("provider"));
    const counts = ["views", "tomograms"].map((key) => Number(value(key)));
    const some = rows.filter((row) => row.shape === value("shape") && row.backend === value("backend"));
    const empty = document.getElementById("empty");
    empty.replaceChildren();
    const say = (text) => empty.append(make("p", { class: "word" }, text));
    if (it.why) say(`Requests are ${it.why}.`);
    if (!counts.every((n) => Number.isInteger(n) && n > 0)) say("Views and tomograms are whole numbers from 1 on; what is shown is for 1.");
    const [views, tomograms] = counts.map((n) => (Number.isInteger(n) && n > 0 ? n : 1));
    const found = some.map((row) => priced(row, price, views));
    if (!some.length) {
      say(`${value("backend")} is worked out for ${distinct(rows.filter((r) => r.backend === value("backend")), "shape").map((s) => s.replaceAll(",", " x ")).join(", ")} alone, as its forecast takes minutes: `
        + `zarr-cryoet costs --backend ${value("backend")} --shape ${value("shape")} does it.`);
    } else if (found.every((row) => row.time === null)) {
      say(`The seconds of ${value("backend")} are on record for ${it.networks.filter((_, n) => some.some((r) => r.seconds[n] !== null)).join(" and ")} alone.`);
    }
    if (price.missing.length) say(`No price: ${price.missing.join("; ")}.`);
    const said = `${value("backend")}, ${it.flights[value("backend")] || ""}; ${value("network")}${/line/.test(value("network")) ? "" : " on each connection"}`;
    document.getElementById("words").textContent = `Uncompressed, format 3; ${it.portal} is how the CryoET Data Portal cuts; ${said}. Requests and bytes are exact; seconds are a model's, `
      + `without the client's own work; prices of ${price.what}, ${price.dates.join(" and ")}.`;
    heat(found, said);
    const n = (key, title, show) => ({ key, title, number: true, show });
    site.table(document.getElementById("reads"), [{ key: "layout", title: "Layout" }, { key: "access", title: "Read" },
      n("gets", "GET"), n("ranges", "range"), n("heads", "HEAD"), n("bytes", "Bytes", (r) => site.bytes(r.bytes)),
      n("time", "Time", (r) => site.seconds(r.time)), n("money", `${views.toLocaleString("en")} views`, (r) => dollars(r.money)),
      { key: "command", title: "Reproduce", told: false, show: (r) => script(r) }],
    found, { title: "reads", limit: 50 });
    const layouts = new Map(found.map((row) => [row.layout, row]));
    const kept = [...layouts.values()].map((row) => ({ layout: row.layout, objects: row.objects * tomograms, stored: row.stored * tomograms,
      month: by(price.month, row.stored * tomograms), put: by(price.each.puts, row.objects * tomograms) }));
    site.table(document.getElementById("stored"), [{ key: "layout", title: "Layout" }, n("objects", "Objects", (r) => r.objects.toLocaleString("en")),
      n("stored", "Bytes", (r) => site.bytes(r.stored)), n("month", "A month", (r) => dollars(r.month)), n("put", "To put once", (r) => dollars(r.put))],
    kept, { title: "stored", caption: `${tomograms.toLocaleString("en")} tomogram${tomograms > 1 ? "s" : ""}, uncompressed; a codec's ratio divides the bytes and the money of a month.` });
  }

  // ---- faults -----------------------------------------------------------------------------

  function faults() {
    const known = it.faults, place = document.getElementById("fault-controls");
    if (!known || !place) return;
    const cells = known.cells.map((row) => Object.fromEntries(known.fields.map((field, i) => [field, row[i]])));
    const form = site.choice("form", "Stored as", distinct(cells, "form"), show);
    const lasts = site.choice("lasts", "The fault lasts", distinct(cells, "lasts"), show);
    place.append(form, lasts);
    const TONES = { right: "all", raised: "some", wrong: "bad", hung: "none", died: "bad", failed: "none" };
    function words(cell) {
      const parts = [`${cell.party}, ${cell.fault} (${known.faults[cell.fault]}), ${cell.form}, ${cell.lasts}: ${cell.status}`];
      if (cell.wrong) parts.push(`${cell.wrong.toLocaleString("en")} voxels wrong${cell.zeros === cell.wrong ? ", all as 0" : ""}`);
      if (cell.lost !== null && cell.status !== "hung") parts.push(`${site.seconds(cell.lost)} lost`);
      if (cell.requests !== null) parts.push(`${cell.requests} requests for the object, where ${cell.clean_requests} were needed without the fault`);
      if (cell.error) parts.push(cell.error);
      return parts.join("; ");
    }
    function show() {
      const some = cells.filter((cell) => cell.form === form.input.value && cell.lasts === lasts.input.value);
      const below = document.getElementById("faults");
      if (!some.length) {
        below.replaceChildren(make("p", { class: "word" }, "No fault was asked for that lasts so in that form; choose another."));
        return;
      }
      const parties = known.parties.filter((party) => some.some((cell) => cell.party === party));
      site.matrix(below, distinct(some, "fault"), parties, "fault", (fault, party) => {
        const cell = some.find((one) => one.fault === fault && one.party === party);
        if (!cell) return { text: "–", tone: "skipped", said: "not asked" };
        return { text: cell.status, tone: TONES[cell.status] || "none", said: words(cell),
          click: () => document.getElementById("fault").replaceChildren(make("p", { class: "word" }, words(cell))) };
      });
    }
    show();
  }

  draw();
  faults();
})();
