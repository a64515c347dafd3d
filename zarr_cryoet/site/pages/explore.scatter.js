"use strict";
// Any two figures of each way of storing, its Pareto front, and the pins.

addEventListener("DOMContentLoaded", () => {
  const { place, controls, once, nothing, section, behind, scripts } = explore;
  const { make, state, choice } = site;
  const MOST = 5000; // points; more are not told apart
  const FRONT = "Pareto front", REST = "the rest", BASELINE = "the portal's layout", LIMIT = "limit";
  const clicked = new WeakSet();
  let last = null;

  const pins = () => state.get("pins").split(",").filter(Boolean);

  function pin(key) {
    const found = pins();
    state.set({ pins: (found.includes(key) ? found.filter((k) => k !== key) : [...found, key]).join(",") });
    if (last) draw(last);
  }

  function axes(chosen) {
    const { here, volume, machine, source, release, cache } = chosen;
    const offered = once("axes", [volume, machine, source, release, cache], () => ways.offered(here, chosen));
    const options = offered.map((q) => [q.id, q.title]);
    const known = new Set(offered.map((q) => q.id));
    const y = ["seconds.read-full", "objects"].find((id) => known.has(id)) || offered[0]?.id;
    const again = () => draw(chosen);
    const [x_id, y_id] = controls(place("axes"), [
      choice("x", "across", options, again, known.has("bits_per_voxel") ? "bits_per_voxel" : offered.at(-1)?.id),
      choice("y", "up", options, again, y),
    ]);
    return [ways.quantities.get(x_id), ways.quantities.get(y_id)];
  }

  function row(way, x, y, chosen) {
    const fx = ways.figure(way, x.id, chosen), fy = ways.figure(way, y.id, chosen);
    const found = { ...parts(way), key: way.pin, kind: REST, front: false, status: "ok" };
    if (fx && fy) {
      return Object.assign(found, {
        x: fx.value, y: fy.value, x_said: site.figure(fx.value, x.unit), y_said: site.figure(fy.value, y.unit),
        [x.id]: fx.value, [y.id]: fy.value, from: fx.from === fy.from ? fx.from : `${fx.from}; ${fy.from}`,
        at: [fy.at, fx.at],
      });
    }
    const why = ways.gap(way, x.id, chosen) || ways.gap(way, y.id, chosen);
    return why && Object.assign(found, why, { kind: why.status });
  }

  function parts(way) {
    const { volume, machine, cell, codec, layout, format, backend, store } = way;
    return { volume, machine, cell, codec, layout, format, backend, store };
  }

  function rows_of(some, x, y, chosen) {
    const found = some.map((way) => row(way, x, y, chosen)).filter(Boolean);
    const drawn = found.filter((each) => each.x > 0 && each.y > 0);
    const front = ways.front(drawn, x, y);
    for (const each of front) each.kind = FRONT;
    const numbers = new Map(pins().map((key, i) => [key, String(i + 1)]));
    for (const each of drawn) each.pinned = numbers.get(each.key) || null;
    const base = ways.all.filter((way) => ways.is_baseline(way) && way.volume === chosen.volume && way.machine === chosen.machine
      && (chosen.backend === "all" || way.backend === chosen.backend));
    for (const way of base) {
      const there = drawn.find((each) => each.key === way.pin);
      if (there) there.kind = BASELINE;
      else {
        const more = row(way, x, y, chosen);
        if (more && more.x > 0 && more.y > 0) drawn.push(Object.assign(more, { kind: BASELINE }));
      }
    }
    return { found, front, drawn };
  }

  // What nothing can be faster than: a line across where the other axis has no figure for it.
  function limits(some, x, y, chosen) {
    const at = { ...chosen, source: "sweep", release: ways.LIMIT };
    const found = [];
    if (chosen.source !== "sweep") return found;
    for (const way of ways.pick({ volume: chosen.volume, machine: chosen.machine }, ways.limits)) {
      const fx = x.metric === "seconds" && ways.figure(way, x.id, at), fy = y.metric === "seconds" && ways.figure(way, y.id, at);
      if (!fx && !fy) continue;
      const alike = way.codec !== "none" && some.find((each) => each.codec === way.codec && each.layout === way.layout);
      const other = alike && (fx ? fy || ways.figure(alike, y.id, chosen) : ways.figure(alike, x.id, chosen));
      if (way.codec !== "none" && !other) continue;
      const px = fx || (fy && other) || null, py = fy || (fx && other) || null;
      found.push({
        ...parts(way), kind: LIMIT, name: way.backend, cell: way.cell.replace(" v0", ""), front: false,
        x: px ? px.value : null, y: py ? py.value : null,
        x_said: px ? site.figure(px.value, x.unit) : "", y_said: py ? site.figure(py.value, y.unit) : "",
      });
    }
    return found;
  }

  function said(chosen, { drawn, front, found }, x, y) {
    if (!drawn.length) return nothing(ways.pick(chosen), [x, y]);
    const ends = [front[0], front.at(-1)].map((each) => `${each.cell} (${each.x_said}; ${each.y_said})`);
    const base = drawn.find((each) => each.kind === BASELINE);
    const left = found.filter((each) => each.status !== "ok").length;
    return `${drawn.length} ways of storing ${chosen.volume}: ${x.title} across, ${y.title} up. `
      + `${front.length === 1 ? `One beats all others: ${ends[0]}.` : `${front.length} are beaten by none, from ${ends[0]} to ${ends[1]}.`}`
      + (base ? ` The portal's layout: ${base.cell} (${base.x_said}; ${base.y_said}).` : "")
      + (left ? ` ${left} more did not run; the table says why.` : "");
  }

  function draw(chosen) {
    last = chosen;
    const [x, y] = axes(chosen);
    if (!x || !y) return;
    const some = ways.pick(chosen);
    const all = rows_of(some, x, y, chosen);
    const text = said(chosen, all, x, y);
    let points = all.drawn;
    if (points.length > MOST) points = points.filter((each, i) => each.kind !== REST || each.pinned || i % Math.ceil(points.length / MOST) === 0);
    place("scatter-said").textContent = all.drawn.length ? text : "";
    const rows = points.length ? [...points, ...limits(some, x, y, chosen)] : [];
    const params = { x_title: title(x), y_title: title(y), x_unit: x.unit, y_unit: y.unit };
    site.chart(place("scatter"), "scatter", rows, text, { params, renderer: "canvas" }).then(listen);
    tables(all, x, y);
  }

  const title = (q) => (q.unit && !q.title.includes(q.unit) ? `${q.title} (${q.unit})` : q.title);

  function listen(view) {
    if (!view || clicked.has(view)) return;
    clicked.add(view);
    view.addEventListener("click", (_, item) => { if (item?.datum?.key) pin(item.datum.key); });
  }

  function columns(figures) {
    return [
      { key: "key", title: "pin", told: false, show: (each) => make("button", {
        type: "button", "aria-pressed": String(pins().includes(each.key)), "aria-label": `pin ${each.cell}`,
        onclick: () => pin(each.key),
      }, pins().includes(each.key) ? "unpin" : "pin") },
      ...["codec", "layout", "format", "backend", "store"].map((key) => ({ key, title: key })),
      ...figures.map((q) => ({ key: q.id, title: q.title, number: true, show: (each) => site.figure(each[q.id], q.unit) })),
    ];
  }

  function tables(all, x, y) {
    const figures = x === y ? [x] : [x, y];
    const more = [{ key: "kind", title: "is" }, { key: "reason", title: "why not" }, { key: "from", title: "measured in" }, scripts];
    const rows = [...all.drawn, ...all.found.filter((each) => !all.drawn.includes(each))];
    behind("scatter-table", (there) => site.table(there, [...columns(figures), ...more], rows, {
      title: "explore", limit: 40, mark: (each) => each.kind === FRONT,
    }));
    pinned();
  }

  // The pinned ways with all that is known of them, side by side.
  function pinned() {
    const keys = pins();
    place("pins-title").hidden = !keys.length;
    if (!keys.length) return place("pins").replaceChildren(make("p", { class: "quiet" }, "Click points, or the buttons of the table, to keep ways of storing here and compare them."));
    const found = keys.map((key) => last.here.find((way) => way.pin === key)).filter(Boolean);
    const asked = own_figures(found);
    const rows = found.map((way) => {
      const each = { ...parts(way), key: way.pin };
      const figures = asked.map((q) => [q.id, ways.figure(way, q.id, last)]);
      for (const [id, figure] of figures) each[id] = figure?.value ?? null;
      return Object.assign(each, { at: figures.map(([, figure]) => figure?.at) });
    });
    site.table(place("pins"), [...columns(asked), scripts], rows, {
      title: "pinned", caption: keys.length > found.length ? `${keys.length - found.length} pinned on another volume or machine` : "",
    });
  }

  function own_figures(some) {
    const shown = (q) => ["bits_per_voxel", "ratio", "objects", "seconds"].includes(q.metric);
    return ways.offered(some, last).filter(shown);
  }

  section("scatter", draw);
});
