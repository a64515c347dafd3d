"use strict";
// The form of the page Advice. A control writes its words into `page.words`, which is what the
// address holds; what is drawn comes from there alone.
((advice) => {
  const { make } = site;
  const own = site.own.own;
  const SHOWN = ["plane-xy", "plane-xz", "plane-yz", "boxes-64", "patches-96", "full", "write"];
  const MOST = 10;
  const controls = new Map(); // by key, a function that shows the present question

  const field = (label, input, note = null) =>
    make("label", { class: "field" }, label, input, note && make("small", {}, note));

  function select(key, label, options, change, shown) {
    const input = make("select", { id: `ask-${key}`, onchange: () => change({ [key]: input.value }) });
    for (const [value, text] of options) input.append(make("option", { value }, text));
    controls.set(key, (found) => { input.value = shown(found); });
    return field(label, input);
  }

  function number(key, label, change, shown, attributes = {}) {
    const input = make("input", {
      id: `ask-${key}`, type: "number", min: 0, step: "any", inputmode: "decimal", ...attributes,
      onchange: () => change({ [key]: input.value }),
    });
    controls.set(key, (found) => {
      const value = shown(found);
      if (document.activeElement !== input || input.value === "") input.value = value ?? "";
    });
    return field(label, input);
  }

  function shape(change) {
    const inputs = ["z", "y", "x"].map((axis) => make("input", {
      type: "number", min: 1, max: advice.LONGEST, step: 1, "aria-label": `voxels along ${axis}`, id: `ask-${axis}`,
      onchange: () => change({ shape: inputs.map((each) => each.value).join("x") }),
    }));
    controls.set("shape", (found) => inputs.forEach((input, axis) => { input.value = found.asked.shape[axis]; }));
    return make("div", { class: "field", role: "group", "aria-label": "voxels along z, y, x" }, "voxels z, y, x",
      make("span", { class: "three" }, ...inputs));
  }

  function presets(change) {
    const known = own.kinds.map(({ terms }) => ({ meaning: terms.volume.id, shape: terms.volume.shape }));
    const all = [...own.shapes, ...known];
    const names = new Map(all.map((each) => [each.shape.join("x"), each]));
    const options = [...names].map(([value, { meaning, shape }]) => [value, `${shape.join(" x ")}${meaning ? ` (${meaning})` : ""}`]);
    return select("preset", "size", [...options, ["", "other"]],
      ({ preset }) => { if (preset) change({ shape: preset }); },
      (found) => (names.has(found.asked.shape.join("x")) ? found.asked.shape.join("x") : ""));
  }

  // How often something is done, against the others; a move of it is an answer.
  function slider({ id, meaning }, change) {
    const output = make("output", { class: "n" });
    const input = make("input", {
      type: "range", min: 0, max: MOST, step: 0.1, id: `weight-${id}`, "aria-describedby": `meaning-${id}`,
      oninput: () => change({ access: weighed(id, Number(input.value)) }),
    });
    controls.set(`weight-${id}`, (found) => {
      const { weights } = found.asked;
      const total = Object.values(weights).reduce((a, b) => a + b, 0);
      const value = weights[id] ?? 0;
      if (Number(input.value) !== Math.min(MOST, value)) input.value = value;
      output.textContent = value && total ? advice.percent(value / total) : "never";
      input.setAttribute("aria-valuetext", value ? `${site.digits(value)}: ${output.textContent}` : "never");
    });
    return make("div", { class: "slider" }, make("label", { for: `weight-${id}` }, id), input, output,
      make("small", { id: `meaning-${id}`, class: "quiet" }, meaning));
  }

  let present = null;

  // Words for the address; "none" where nothing is left, as an empty word means the use's own.
  function weighed(id, value) {
    const weights = { ...present.asked.weights, [id]: value };
    const words = Object.entries(weights).filter(([, each]) => each > 0).map(([name, each]) => `${name}=${each}`);
    return words.join(",") || `${id}=0`;
  }

  function readers(change) {
    const boxes = Object.values(advice.READERS).map((reader) => {
      const input = make("input", {
        type: "checkbox", value: reader.id, id: `reader-${reader.id}`, onchange: () => change({
          readers: boxes.map((box) => box.firstChild).filter((box) => box.checked).map((box) => box.value).join(","),
        }),
      });
      const title = [reader.note, reader.source].filter(Boolean).join("; ");
      return make("label", { class: "check", title }, input, reader.id);
    });
    controls.set("readers", (found) => boxes.forEach(({ firstChild: box }) => {
      box.checked = found.named.includes(box.value);
    }));
    return make("div", { class: "controls", role: "group", "aria-label": "who must be able to read it" }, ...boxes);
  }

  const group = (title, ...children) => make("fieldset", {}, make("legend", {}, title), ...children);
  const line = (...children) => make("div", { class: "controls" }, ...children);

  // change(words): writes into the address, and answers anew; null forgets all of it.
  function build(form, change) {
    const accesses = { ...advice.ACCESS, [advice.WRITE]: { id: advice.WRITE, meaning: "store the whole volume" } };
    const rest = Object.values(accesses).filter(({ id }) => !SHOWN.includes(id));
    const first = SHOWN.map((id) => accesses[id]).filter(Boolean);
    const backends = [...new Set(own.kinds.flatMap(({ terms }) => Object.keys(terms.backends)))];
    form.append(
      group("your data",
        line(
          select("kind", "kind of data", own.kinds.map((kind) => [kind.id, `${kind.meaning} (${kind.terms.volume.id} on ${kind.terms.machine})`]),
            change, (found) => found.kind.id),
          presets(change), shape(change),
          select("dtype", "type of voxels", Object.keys(advice.TYPES).map((id) => [id, id]), change, (found) => found.dtype),
          number("tomograms", "tomograms", change, (found) => found.asked.tomograms, { min: 1, step: 1 }))),
      group("how they are read",
        line(
          select("use", "use", Object.values(advice.USES).map((use) => [use.id, `${use.id}: ${use.meaning}`]),
            // a use sets the sliders, the place and how often
            ({ use }) => change({ use, access: "", store: "", reads: "", latency: "", bandwidth: "", flight: "" }),
            (found) => found.asked.use),
          number("reads", "accesses to each, a month", change, (found) => found.asked.reads),
          select("backend", "read with", backends.map((id) => [id, id]), change, (found) => found.asked.backend)),
        make("div", { class: "sliders" }, ...first.map((row) => slider(row, change))),
        make("details", {}, make("summary", {}, "other accesses"),
          make("div", { class: "sliders" }, ...rest.map((row) => slider(row, change))))),
      group("where they are kept",
        line(
          select("store", "store", Object.values(advice.PLACES).map((place) => [place.id, place.what]),
            ({ store }) => change({ store, latency: "", bandwidth: "", flight: "" }), (found) => found.asked.store.id),
          number("latency", "latency of a request, ms", change, (found) => Number((found.asked.store.latency * 1e3).toPrecision(6))),
          number("bandwidth", "bandwidth of a connection, MB/s", change,
            (found) => (found.asked.store.bandwidth === null ? "" : Number((found.asked.store.bandwidth / 1e6).toPrecision(6))), { placeholder: "not limited" }),
          number("flight", "requests in flight", change, (found) => found.asked.store.in_flight, { min: 1, step: 1 }))),
      group("limits",
        line(
          number("objects", "objects of one tomogram, at most", change, (found) => found.asked.max_objects, { min: 1, step: 1, placeholder: "no limit" }),
          number("memory", "memory for chunks, MiB, at most", change,
            (found) => (found.asked.max_memory === null ? "" : Number((found.asked.max_memory / 2 ** 20).toPrecision(6))), { placeholder: "no limit" })),
        make("span", { class: "quiet" }, "must be readable by"), readers(change)),
      line(make("button", { type: "reset" }, "start again")));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      change(null);
    });
    form.hidden = false;
  }

  function show(found) {
    present = found;
    for (const each of controls.values()) each(found);
  }

  advice.form = { build, show };
})(globalThis.advice);
