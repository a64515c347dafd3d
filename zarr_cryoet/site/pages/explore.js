"use strict";
// The page: filters, which sections are drawn, and when. All that is chosen stands in the address.

const explore = (() => {
  const { state, choice } = site;
  const place = (id) => document.getElementById(id);
  const ALL = [["all", "all"]];
  const known = new Map();
  const sections = [];
  let chosen = null;

  // What takes a while, and follows from what was chosen alone.
  function once(name, of, find) {
    const key = `${name} ${JSON.stringify(of)}`;
    if (!known.has(key)) known.set(key, find());
    return known.get(key);
  }

  // Some controls, made anew where their options depend on others; the focus stays where it was.
  function controls(box, made) {
    const focused = document.activeElement?.id;
    box.replaceChildren(...made);
    if (focused && box.querySelector(`#${CSS.escape(focused)}`)) place(focused).focus();
    return made.map((label) => label.input.value);
  }

  function unique(some, column) {
    return [...new Set(some.map((way) => way[column]))].sort((a, b) => site.compare(a, b));
  }

  function named(volume) {
    const about = site.own.own.volumes[volume];
    return [volume, about ? `${volume} (${about.provenance})` : volume];
  }

  // The value of a choice that others depend on, before its control is made.
  function of(key, options, otherwise = options[0]) {
    const asked = state.get(key, otherwise);
    return options.map(String).includes(String(asked)) ? asked : otherwise;
  }

  function most(some, column) {
    const counts = new Map();
    for (const way of some) counts.set(way[column], (counts.get(way[column]) || 0) + way.figures.size);
    return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  }

  function filters() {
    const volumes = unique(ways.all, "volume");
    const volume = of("volume", volumes, volumes.includes("phantom-128") ? "phantom-128" : most(ways.all, "volume"));
    const there = ways.all.filter((way) => way.volume === volume);
    const machines = unique(there, "machine");
    const machine = of("machine", machines, most(there, "machine"));
    const here = there.filter((way) => way.machine === machine);
    const releases = once("releases", [volume, machine], () => ways.releases(here));
    const sources = ["sweep", "asv"].filter((source) => releases[source].length);
    const source = of("source", sources);
    const names = releases[source].map((n) => [n, site.data.releases[n].name]).reverse();
    if (source === "sweep" && names.length > 1) names.push([ways.ANY, "any of the sweep"]);
    const release = named_release(names);
    const caches = ["warm", ...(site.values("cache").includes("cold") ? ["cold"] : [])];
    const every = (column) => [...ALL, ...unique(here, column)];
    const [, , , , format, backend, store, cache] = controls(place("filters"), [
      choice("volume", "volume", volumes.map(named), draw, volume),
      choice("machine", "machine", machines, draw, machine),
      choice("source", "measured by", sources.map((s) => [s, s === "sweep" ? "sweep, side by side" : "asv, release by release"]), draw, source),
      choice("release", "release", names.map(([, name]) => name), draw, release[1]),
      choice("format", "format", every("format"), draw),
      choice("backend", "backend", every("backend"), draw),
      // files, unless said: what waits for a network is another question
      choice("store", "store", every("store"), draw, unique(here, "store").includes("local") ? "local" : undefined),
      choice("cache", "cache", caches, draw),
    ]);
    return { volume, machine, source, release: release[0], format, backend, store, cache, here };
  }

  function named_release(names) {
    const called = (wanted) => names.find(([, name]) => name === wanted);
    return called(state.get("release")) || called("installed") || names[0];
  }

  function about() {
    const how = chosen.source === "sweep"
      ? "Times are medians of a sweep: all cells in one run, in random order, with 95 % intervals."
      : "Times are asv's, of each release by itself: what the machine did that day is in them.";
    const real = site.own.own.volumes[chosen.volume];
    const voxels = real ? `${chosen.volume} is ${real.provenance}.` : `Of ${chosen.volume} no shape is on record here, so ratio, size and geometry are left out.`;
    place("source").textContent = `${how} Exact figures (size, objects, requests) that it lacks come from the other; each row says from where. ${voxels}`;
  }

  // What an empty chart says in its place.
  function nothing(some, figures) {
    const counts = figures.map((q) => `${some.filter((way) => ways.figure(way, q.id, chosen)).length} have “${q.title}”`);
    const set = ["format", "backend", "store"].filter((column) => chosen[column] !== "all");
    const reason = some.map((way) => figures.map((q) => ways.gap(way, q.id, chosen)).find(Boolean)).find(Boolean);
    const out = set.length ? `Set ${set.join(" and ")} to “all”, or choose another figure.`
      : `Choose another figure or release, or measure: zarr-cryoet sweep --volume ${chosen.volume}`;
    const why = reason ? ` One was ${reason.status}: ${reason.reason}.` : "";
    return `Nothing to draw: of ${some.length} ways of storing ${chosen.volume} that the filters leave, ${counts.join(", ") || "none has such a figure"}.${why} ${out}`;
  }

  // Sections are drawn when they come into sight, and again when what is chosen changes.
  const watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const section = sections.find((each) => each.target === target);
      section.seen = isIntersecting;
      if (isIntersecting) show(section);
    }
  }, { rootMargin: "200px" });

  function section(id, draw) {
    const found = { target: place(id).closest("figure"), draw, seen: false, stale: true };
    sections.push(found);
    watch.observe(found.target);
  }

  function show(found) {
    if (!found.stale || !chosen) return;
    found.stale = false;
    found.made = true;
    found.draw(chosen);
  }

  // What is not in sight yet is drawn once there is time: making a chart takes longer than a move
  // of its controls should.
  const idle = window.requestIdleCallback || ((what) => setTimeout(what, 300));
  function ahead() {
    const next = sections.find((each) => each.stale && !each.made);
    if (!next) return;
    show(next);
    idle(ahead);
  }

  function draw() {
    chosen = filters();
    about();
    for (const each of sections) each.stale = true;
    for (const each of sections) if (each.seen) show(each);
  }

  function start() {
    if (!site.data) return;
    if (!ways.all.length) {
      for (const part of document.querySelectorAll("main > :is(h2, h3, figure, details, .controls, #source, #pins)")) part.hidden = true;
      if (site.data.values.length) site.word("No cell on record here stores a volume: measure with `zarr-cryoet bench` or `zarr-cryoet sweep`, and publish again.");
      return;
    }
    state.on(draw);
    draw();
    idle(ahead);
    addEventListener("beforeprint", () => sections.forEach(show));
    addEventListener("resize", () => { clearTimeout(start.waiting); start.waiting = setTimeout(draw, 150); });
  }

  // A column of buttons that show a script which measures a row's figures (`at`: cell and release);
  // nothing where they follow from shapes alone.
  const scripts = { key: "at", title: "reproduce", told: false, show: (row) => {
    const there = [].concat(row.at || []).filter(Boolean);
    const places = there.filter((one, i) => there.findIndex((other) => other.cell === one.cell) === i);
    return places.length ? site.script(() => places.map(({ cell, place: release }) =>
      Object.assign(site.cell(cell), { release: site.data.releases[release].name })), row.cell) : null;
  } };

  addEventListener("load", start);
  return { place, controls, unique, most, once, nothing, section, behind: (id, fill) => site.behind(place(id), fill), draw, scripts, of };
})();
