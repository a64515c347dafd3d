"use strict";
// zarr_cryoet/recommend/answer.py, line by line: what is judged, and what to say of it.
((advice) => {
  const { WRITE, candidates, parts, plain, shares, allowed, to_relax, fixed } = advice;
  const OTHERS = ["plane-xy", "plane-xz", "plane-yz", "full", "boxes-64"];

  // Format 3, unless a reader knows format 2 alone.
  const formats = (asked) => (asked.readers.some((reader) => !reader.formats.includes(3)) ? [2] : [3]);

  // What is foretold: what is asked for, and what else may matter.
  const accesses = (asked) => [...new Set([...Object.keys(asked.weights), ...OTHERS])];

  // All candidates with what is foretold of each, the baseline last. `known` keeps parts from one
  // question to the next, as long as shape, type, terms and backend are the same.
  function entries(registry, terms, asked, known = new Map()) {
    const backend = terms.backends[asked.backend];
    let spread = backend.read_spread;
    if ((asked.weights[WRITE] ?? 0) > 0) spread = Math.max(spread, backend.write_spread ?? spread);
    const wanted = accesses(asked).filter((access) => access !== WRITE);
    const measured = Object.keys(terms.codecs);
    return candidates(registry, measured, formats(asked))
      .filter((each) => measured.includes(each.codec))
      .map((candidate) => ({
        candidate,
        part: part_of(candidate, terms, asked, wanted, known),
        spread: [1 / spread, spread],
        measured: false,
        whole: false,
      }));
  }

  function part_of(candidate, terms, asked, wanted, known) {
    const { shape } = asked;
    const old = known.get(candidate.id);
    const missing = old ? wanted.filter((access) => !(access in old.local)) : wanted;
    if (old && !missing.length) return old;
    const selections = {};
    for (const access of missing) {
      if (!known.has(`=${access}`)) known.set(`=${access}`, plain(access, shape));
      selections[access] = known.get(`=${access}`);
    }
    const fresh = parts(candidate, terms, asked, selections);
    if (old) {
      for (const each of ["local", "waits", "held"]) fresh[each] = { ...old[each], ...fresh[each] };
    }
    known.set(candidate.id, fresh);
    return fresh;
  }

  // Why nothing is left, and what to relax; "" where something is.
  function impossible(rows) {
    if (allowed(rows).length) return "";
    const relax = to_relax(rows);
    if (relax === null) {
      const named = [...new Set(rows.flatMap((row) => row.broken.map((each) => each.limit)))];
      return `nothing is within ${named.map((each) => `--${each}`).join(" and ")}; ` +
        "no one of them is enough, relax them together";
    }
    if (relax.limit === "readers") {
      return `nothing is left for these readers (${relax.why}); ` +
        `--readers without ${relax.needs} leaves something`;
    }
    const unit = relax.limit === "max-memory" ? "B" : "";
    return `nothing is within these limits; --${relax.limit} ${relax.needs}${unit} leaves something`;
  }

  // Seconds, bytes and objects of the baseline over those of a row.
  function against(row, base) {
    const mine = row.expected, theirs = base.expected;
    return {
      seconds: theirs.weighted / mine.weighted,
      bytes: theirs.bytes / mine.bytes,
      objects: theirs.objects / mine.objects,
    };
  }

  // What the figures rest on, in words; `place` is a row of places.
  function assumptions(asked, terms, place) {
    const { store } = asked, { volume, cores } = terms;
    const share = shares(asked.weights);
    const mix = Object.keys(share).map((each) => `${each} ${fixed(100 * share[each], 0)} %`).join(", ");
    const said = [
      `accesses: ${mix}`,
      `${asked.backend}, on ${cores} core${cores !== 1 ? "s" : ""} of ${terms.machine}, ` +
        `measured ${terms.measured} on ${volume.id} (${volume.provenance})`,
    ];
    if (store.latency || store.bandwidth !== null) {
      const rate = store.bandwidth === null ? "any" : `${general(store.bandwidth / 1e6)} MB/s`;
      said.push(`${place.what}: ${general(1e3 * store.latency)} ms for each request, ${rate} for each ` +
        `connection, ${store.in_flight} at once (${place.source})`);
    } else {
      said.push("files are in memory already: a disk would add to it what it takes to read them");
    }
    if (asked.prices) {
      said.push(`money: tomograms ${grouped(String(asked.tomograms))}, accesses to each in a month ` +
        `${grouped(general(asked.reads))}, readers in the provider's own region`);
    }
    return said;
  }

  // Thousands parted by commas, before the point alone.
  const grouped = (digits) => digits.replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));

  // Six figures, as Python's :g has them.
  function general(value) {
    const exponent = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
    if (exponent < -4 || exponent >= 6) {
      return value.toExponential(5).replace(/\.?0+e/, "e").replace(/e([+-])(\d)$/, "e$10$2");
    }
    return String(Number(fixed(value, 5 - exponent)));
  }

  Object.assign(advice, { OTHERS, formats, accesses, entries, impossible, against, assumptions, general });
})(globalThis.advice ??= {});
