"use strict";
// Heat maps, and the two summaries that people know.

addEventListener("DOMContentLoaded", () => {
  const { place, controls, unique, most, nothing, section, behind, scripts } = explore;
  const { choice } = site;
  const HEATS = { access: "chunk × access", shard: "inner chunk × shard", level: "codec × level" };
  const AXES = ["xy", "xz", "yz"];
  const MOST = 30; // names down a panel
  const { codecs, layouts, panels } = site.own.own;
  const sized = new Map();

  // One function for each size, so that a chart of the same size is not made anew.
  function size(name, make) {
    if (!sized.has(name)) sized.set(name, make);
    return sized.get(name);
  }

  // What is shown first: the portal's codec, chunks of the size that most have, else what has most figures.
  function first(some, column) {
    const usual = { codec: site.own.own.baseline.codec, layout: "c64" }[column];
    return some.some((way) => way[column] === usual) ? usual : most(some, column);
  }

  // ---- heat maps --------------------------------------------------------------------------

  function heat(chosen) {
    const again = () => heat(chosen);
    const kind = explore.of("heat", Object.keys(HEATS));
    const some = ways.pick(chosen);
    const figures = figures_of(kind, some, chosen);
    const fixed = kind === "level" ? "layout" : "codec";
    const id = explore.of(`heat-${kind}`, figures.map(([key]) => key), usual(kind, figures));
    const [, title = "", quantities = []] = figures.find(([key]) => key === id) || [];
    const asked = some.filter((way) => quantities.some((q) => ways.figure(way, q.id, chosen) || ways.gap(way, q.id, chosen)));
    const [, , only] = controls(place("heat-controls"), [
      choice("heat", "map", Object.entries(HEATS), again),
      choice(`heat-${kind}`, "figure", figures.map(([key, shown]) => [key, shown]), again, id),
      choice(`heat-${fixed}`, fixed, unique(asked, fixed), again, first(asked, fixed)),
    ]);
    const rows = cells_of(kind, asked.filter((way) => way[fixed] === only), quantities, chosen);
    const unit = quantities[0]?.unit;
    const text = rows.length ? `${title}${unit ? ` (${unit})` : ""} by ${HEATS[kind]}, ${fixed} ${only}: the best of what the filters leave. ${ends(rows)}`
      : nothing(some, quantities.length ? quantities.slice(0, 1) : []);
    place("heat-said").textContent = rows.length ? text : "";
    const across = new Set(rows.map((each) => each.column)).size;
    const room = Math.max(place("heat").closest("figure").clientWidth - 170, across * 62, 120);
    site.chart(place("heat"), "heat", rows, text, { change: size(`heat ${room}`, (whole) => { whole.width = room; }) });
    behind("heat-table", (there) => site.table(there, [
      { key: "row", title: "row" }, { key: "column", title: "column" },
      { key: "value", title, number: true, show: (each) => (each.value === null ? "" : site.figure(each.value, unit)) },
      { key: "cell", title: "cell" }, { key: "status", title: "status" }, { key: "reason", title: "why not" },
      { key: "from", title: "measured in" }, scripts,
    ], rows, { title: `explore-${kind}` }));
  }

  const usual = (kind, figures) => (kind === "level" ? figures.find(([key]) => key === "ratio") : figures.find(([key]) => key.startsWith("seconds")))?.[0] || figures[0]?.[0];

  // By key: its title, and the figures that it takes: one, or one of each way of reading.
  function figures_of(kind, some, chosen) {
    const offered = explore.once(`heat ${kind}`, { ...chosen, here: 0 }, () => ways.offered(some, chosen));
    if (kind !== "access") return offered.map((q) => [q.id, q.title, [q]]);
    const groups = new Map();
    for (const q of offered.filter((each) => each.access)) {
      if (!groups.has(q.metric)) groups.set(q.metric, [q.metric, q.title.split(":")[0], []]);
      groups.get(q.metric)[2].push(q);
    }
    return [...groups.values()];
  }

  function coordinates(kind, way, quantity) {
    if (kind === "access") return [way.layout, quantity.access];
    if (kind === "shard") return layouts[way.layout] && [layouts[way.layout].chunk, layouts[way.layout].shard];
    const codec = codecs[way.codec];
    return codec && [codec.family, codec.level === null ? "no level" : String(codec.level)];
  }

  function cells_of(kind, some, quantities, chosen) {
    const found = new Map();
    for (const way of some) {
      for (const quantity of quantities) {
        const at = coordinates(kind, way, quantity);
        if (!at) continue;
        const key = at.join(" ");
        const figure = ways.figure(way, quantity.id, chosen);
        const why = figure ? null : ways.gap(way, quantity.id, chosen);
        if (!figure && !why) continue;
        const known = found.get(key);
        const better = figure && (!known || known.value === null || (quantity.more ? figure.value > known.value : figure.value < known.value));
        if (known && !better) continue;
        found.set(key, {
          row: at[0], column: at[1], value: figure ? figure.value : null, cell: way.cell,
          said: figure ? short(figure.value, quantity.unit) : "", from: figure?.from || "", at: figure?.at,
          status: figure ? "ok" : why.status, reason: why?.reason || "",
        });
      }
    }
    return shaded([...found.values()]);
  }

  const short = (value, unit) => (unit === "seconds" || unit === "bytes" ? site.figure(value, unit) : value.toLocaleString("en", { maximumSignificantDigits: 3 }));

  // Colours by logarithm, from the least to the largest; rows and columns in the order of their names.
  function shaded(rows) {
    const logs = rows.filter((each) => each.value > 0).map((each) => Math.log(each.value));
    const low = Math.min(...logs), span = Math.max(...logs) - low;
    const order = (column) => new Map([...new Set(rows.map((each) => each[column]))].sort((a, b) => natural(a, b)).map((name, i) => [name, i]));
    const down = order("row"), across = order("column");
    for (const each of rows) {
      each.shade = each.value === null ? null : each.value > 0 ? (span ? (Math.log(each.value) - low) / span : 0.3) : 0;
      each.row_order = down.get(each.row);
      each.column_order = across.get(each.column);
    }
    return rows;
  }

  const natural = (a, b) => site.compare(a.replace(/^no /, ""), b.replace(/^no /, ""));

  function ends(rows) {
    const ran = rows.filter((each) => each.value !== null).sort((a, b) => a.value - b.value);
    const left = rows.length - ran.length;
    const told = ran.length ? `Least: ${ran[0].row}, ${ran[0].column}: ${ran[0].said}. Most: ${ran.at(-1).row}, ${ran.at(-1).column}: ${ran.at(-1).said}.` : "";
    return left ? `${told} ${left} hatched: the table says why.` : told;
  }

  // ---- summaries --------------------------------------------------------------------------

  function point(way, panel, id, name, chosen, axis = "") {
    const figure = ways.figure(way, id, chosen);
    if (!figure || !(figure.value > 0)) return null;
    const shape = figure.from === "geometry";
    const unit = ways.quantities.get(id).unit;
    return {
      panel, name, axis, series: shape ? "by geometry alone" : `${way.backend} v${way.format}${way.store === "local" ? "" : ` ${way.store}`}`,
      cell: shape ? `${name} ${axis}` : `${way.cell} ${axis}`.trim(), value: figure.value, low: figure.low, high: figure.high,
      said: site.figure(figure.value, unit), unit, from: figure.from, at: figure.at,
    };
  }

  const compressed = (way, chosen) => [
    point(way, "write", "seconds.write", way.codec, chosen), point(way, "read", "seconds.read-full", way.codec, chosen),
    point(way, "ratio", "ratio", way.codec, chosen), point(way, "size", "size", way.codec, chosen),
  ];

  const chunked = (way, chosen) => [
    point(way, "objects", "objects", way.layout, chosen),
    point(way, "write", "seconds.write", way.layout, chosen), point(way, "read", "seconds.read-full", way.layout, chosen),
    ...AXES.flatMap((axis) => [["plane", "seconds"], ["bytes", "decoded"], ["efficiency", "efficiency"]]
      .map(([panel, metric]) => point(way, panel, `${metric}.read-plane-${axis}`, way.layout, chosen, axis))),
  ];

  function summary(which, fixed, points, chosen) {
    const again = () => summary(which, fixed, points, chosen);
    const some = ways.pick(chosen);
    const [only] = controls(place(`${which}-controls`), [choice(`${which}-${fixed}`, fixed, unique(some, fixed), again, first(some, fixed))]);
    const found = new Map(); // what follows from shapes alone is the same for all
    for (const way of some.filter((each) => each[fixed] === only)) {
      for (const each of points(way, chosen)) if (each) found.set(`${each.panel} ${each.series} ${each.cell}`, each);
    }
    const rows = ordered([...found.values()], which);
    const titles = panels[which];
    const shown = [...new Set(rows.map((each) => each.panel))];
    const text = rows.length ? `${shown.map((panel) => titles[panel]).join(", ")}, by ${which === "compression" ? "codec" : "layout"}, ${fixed} ${only}, ${chosen.volume}. Points are figures, bars their intervals.`
      + (shown.length < Object.keys(titles).length ? ` No figures here of: ${Object.keys(titles).filter((panel) => !shown.includes(panel)).map((panel) => titles[panel]).join(", ")}.` : "")
      + (rows.at(-1).order >= MOST ? ` The first ${MOST} are drawn; the table has all ${rows.at(-1).order + 1}.` : "")
      : nothing(some, [ways.quantities.get("seconds.read-full"), ways.quantities.get("objects")].filter(Boolean));
    place(`${which}-said`).textContent = rows.length ? text : "";
    site.chart(place(which), which, rows.filter((each) => each.order < MOST), text, { change: grid(which, shown) });
    behind(`${which}-table`, (there) => site.table(there, [
      { key: "panel", title: "figure", show: (each) => titles[each.panel] }, { key: "name", title: which === "compression" ? "codec" : "layout" },
      { key: "series", title: "by" }, { key: "axis", title: "plane" },
      { key: "value", title: "value", number: true, show: (each) => each.said }, { key: "low", title: "low", number: true, show: (each) => bound(each, "low") },
      { key: "high", title: "high", number: true, show: (each) => bound(each, "high") }, { key: "from", title: "measured in" }, scripts,
    ], rows, { title: `explore-${which}`, limit: 40 }));
  }

  const bound = (each, side) => (each[side] === null ? "" : site.figure(each[side], each.unit));

  // Codecs by their ratio, layouts by their objects: what people look for first.
  function ordered(rows, which) {
    const lead = which === "compression" ? "ratio" : "objects";
    const by = new Map();
    for (const each of rows) if (each.panel === lead) by.set(each.name, Math.max(by.get(each.name) || 0, each.value));
    const names = [...new Set(rows.map((each) => each.name))].sort((a, b) => (by.get(b) || 0) - (by.get(a) || 0) || natural(a, b));
    for (const each of rows) each.order = names.indexOf(each.name);
    return rows.sort((a, b) => a.order - b.order);
  }

  // As many panels side by side as there is room for; those without figures are left out.
  function grid(which, shown) {
    const room = place(which).closest("figure").clientWidth;
    const columns = room >= 1050 && which === "chunking" ? 3 : room >= 640 ? 2 : 1;
    const width = Math.max(110, Math.floor(room / columns) - (which === "chunking" ? 150 : 215));
    return size(`${which} ${columns} ${width} ${shown}`, (whole) => {
      const names = Object.keys(panels[which]);
      whole.concat = whole.concat.filter((_, i) => shown.includes(names[i])).map((each) => ({ ...each, width }));
      whole.columns = columns;
    });
  }

  section("heat", heat);
  section("compression", (chosen) => summary("compression", "layout", compressed, chosen));
  section("chunking", (chosen) => summary("chunking", "codec", chunked, chosen));
});
