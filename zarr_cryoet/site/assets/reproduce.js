// A standalone script for one cell: the same text as zarr_cryoet/reproduce/script.py makes.
// `parts` comes from zarr_cryoet.reproduce.parts, `cell` from zarr_cryoet.reproduce.script.described
// (with `release` or `pins`, and `skip`). Gives {text, refused}, of which one is null.
"use strict";

function reproduce(parts, cell) {
  const pins = cell.pins || parts.pins[cell.release];
  const access = parts.reads[cell.operation] || "", reading = Boolean(access);
  const known = parts.clients.filter((each) => each.id === cell.backend);
  const codec = parts.codecs[cell.codec];
  const refuse = (why, what) => ({ text: null, refused: parts.refusals[why].split("@what@").join(what) });
  if (cell.store !== "local") return refuse("store", cell.store);
  if (cell.skip) return { text: null, refused: cell.skip };
  if (cell.cold) return refuse("cold", "");
  if (!(cell.metric in parts.metrics)) return refuse("metric", cell.metric);
  if (!known.length) return refuse("backend", cell.backend);
  if (!((reading ? "read" : cell.operation) in parts.main) || (reading && !(access in parts.boxes)))
    return refuse("operation", cell.operation);
  if (!pins) return refuse("release", cell.release || "?");
  for (const name of [known[0].package, ...known[0].more, ...(codec.package ? [codec.package] : [])])
    if (!(name in pins)) return refuse("package", name);
  const release = pins[known[0].package];
  const client = known.find((each) => each.releases.some((begin) => release.startsWith(begin)));
  if (!client) return refuse("backend", `${cell.backend} ${release}`);
  const [kind, value, unit] = parts.metrics[cell.metric];
  if (kind === "count" && !client.counting) return refuse("uncounted", client.uncounted);

  const layout = parts.layouts[cell.layout];
  const stored = kind === "stored", two = cell.zarr_format === 2;
  const indexing = parts.indexing[access] || "box";
  const installed = client.takes
    ? client.takes.filter((name) => name in pins)
    : Object.keys(pins).filter((name) => !client.drops.includes(name));
  if (codec.package && !installed.includes(codec.package)) installed.push(codec.package);
  installed.sort();
  const chosen = [client.package, ...client.more, "numcodecs", "numpy", codec.package];
  const main = stored ? parts.main.stored : parts.main[reading ? "read" : cell.operation][kind];
  const create = two ? "2" : layout.kind === "plain" ? "3" : `3-${layout.kind}`;
  const line = (text) => text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, " ");
  const quoted = (text) => JSON.stringify(line(text));
  const text = [
    parts.head,
    parts.words,
    parts.load,
    parts.made[cell.volume.kind],
    parts.input,
    `${codec[two ? "2" : client.spelled]}\n${layout.constants}`,
    client.setup,
    kind === "count" ? client.counting : "",
    client.create[create],
    client.open,
    client.write,
    client.read[stored ? "box" : indexing],
    reading && !stored ? parts.boxes[access] : "",
    parts.same,
    `${main}${parts.said[kind].split("@value@").join(value)}\n${parts.facts}`,
  ].filter((piece) => piece).join("\n\n\n");
  const values = {
    dependencies: installed.map((name) => `#     "${name}==${pins[name]}",`).join("\n"),
    name: line(cell.name),
    meaning: line(`${cell.operation}: ${parts.meanings[access || cell.operation]}`),
    volume: line(`${cell.volume.id}, stored as ${cell.codec} in ${cell.layout}`),
    versions: `zarr format ${cell.zarr_format}, by ${cell.backend}`,
    imports: client.imports,
    standard: parts.standard.filter((name) => text.includes(`${name}.`)).map((name) => `import ${name}\n`).join(""),
    file: cell.file ? quoted(cell.file) : "None",
    id: quoted(cell.volume.id),
    sha256: quoted(cell.volume.sha256),
    kind: cell.volume.kind === "labels" ? "balls" : "noise",
    shape: `(${cell.volume.shape.join(", ")})`,
    dtype: quoted(cell.volume.dtype),
    store: client.store[kind === "count" ? "counted" : "plain"],
    zarr_format: String(cell.zarr_format),
    stored: layout.stored,
    chain: layout.chain,
    reads: reading && layout.kind !== "plain" ? "batch_read" : "open_read",
    taken: parts.taken[indexing],
    operation: cell.operation,
    proof: !stored && cell.operation === "create" ? "opened with its shape" : "read back equal",
    metric: cell.metric,
    unit,
    packages: `[${installed.filter((name) => chosen.includes(name)).map((name) => `"${name}"`).join(", ")}]`,
  };
  return { text: text.replace(/@([a-z0-9_]+)@/g, (_, place) => values[place]) + "\n", refused: null };
}

if (typeof module !== "undefined") module.exports = { reproduce };
