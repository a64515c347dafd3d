"use strict";
// zarr_cryoet/recommend/choose.py, line by line: limits, Pareto front, weights, in that order.
((advice) => {
  const { expected } = advice;
  const AXES = ["bytes", "objects", "dollars", "seconds"];
  const CHOICES = ["fastest", "smallest", "balanced"];
  const SAMPLED = 0.005;

  // What of a candidate a reader does not read: a format, shards, or a codec; or null.
  function reader_refuses(candidate, reader) {
    if (!reader.formats.includes(candidate.zarr_format)) {
      return `${reader.id} reads no format ${candidate.zarr_format}`;
    }
    if (candidate.shards !== null && !reader.shards) return `${reader.id} reads no shards`;
    const kinds = reader.kinds[String(candidate.zarr_format)];
    if (kinds !== null && !kinds.includes(candidate.kind)) {
      return `${reader.id} reads no ${candidate.kind} in format ${candidate.zarr_format}`;
    }
    return null;
  }

  // Every limit that an entry breaks.
  function refused(entry, found, asked) {
    const broken = [];
    for (const reader of asked.readers) {
      const why = reader_refuses(entry.candidate, reader);
      if (why !== null) broken.push({ limit: "readers", needs: reader.id, why });
    }
    for (const limit of ["objects", "memory"]) {
      const most = asked[`max_${limit}`];
      if (most !== null && found[limit] > most) {
        const unit = limit === "memory" ? "B" : "";
        const why = `--max-${limit} ${most}${unit} is exceeded`;
        broken.push({ limit: `max-${limit}`, needs: found[limit], why });
      }
    }
    return broken;
  }

  // Each entry with what is expected of it, and which limits it breaks.
  function judged(entries, asked) {
    return entries.map((entry) => {
      const found = expected(entry.part, asked, entry.spread);
      return { ...entry, expected: found, broken: refused(entry, found, asked) };
    });
  }

  // What a row costs along an axis; money that has no price costs nothing.
  function value(row, axis) {
    if (axis === "seconds") return row.expected.weighted;
    const found = row.expected[axis];
    return found === null ? 0.0 : found;
  }

  // Whether `a` is nowhere worse than `b`, and somewhere better.
  function dominates(a, b) {
    let better = false;
    for (const axis of AXES) {
      if (value(a, axis) > value(b, axis)) return false;
      if (value(a, axis) < value(b, axis)) better = true;
    }
    return better;
  }

  // Rows that no other dominates, in their order.
  const front = (rows) => rows.filter((row) => !rows.some((other) => dominates(other, row)));

  // Whether `a` is to be taken of two that tie: fewer bytes, objects, dollars, seconds.
  function before(a, b) {
    for (const axis of AXES) {
      if (value(a, axis) !== value(b, axis)) return value(a, axis) < value(b, axis);
    }
    return false;
  }

  // Weighted logarithms of how far it is from the best along each axis; 0 is best in all.
  function score(row, best, preferences) {
    let total = 0.0;
    for (const axis of AXES) {
      if (preferences[axis] > 0 && best[axis] > 0) {
        total += preferences[axis] * Math.log(value(row, axis) / best[axis]);
      }
    }
    return total;
  }

  // The smallest value along each axis.
  function least(rows) {
    const best = {};
    for (const axis of AXES) {
      let lowest = value(rows[0], axis);
      for (const row of rows) lowest = Math.min(lowest, value(row, axis));
      best[axis] = lowest;
    }
    return best;
  }

  // One of the rows, for one of `CHOICES`.
  function pick(rows, choice, asked) {
    const best = least(rows);
    const within = 1.0 + asked.tie;
    let tied = [];
    if (choice === "fastest") tied = rows.filter((row) => value(row, "seconds") <= best.seconds * within);
    else if (choice === "smallest") {
      const near = rows.filter((row) => value(row, "bytes") <= best.bytes * (1.0 + SAMPLED));
      const quickest = least(near).seconds;
      tied = near.filter((row) => value(row, "seconds") <= quickest);
    } else {
      const scores = rows.map((row) => score(row, best, asked.preferences));
      const lowest = scores.reduce((a, b) => Math.min(a, b));
      tied = rows.filter((_, k) => scores[k] <= lowest);
    }
    let taken = tied[0];
    for (const row of tied) if (before(row, taken)) taken = row;
    return taken;
  }

  // Rows that break no limit.
  const allowed = (rows) => rows.filter((row) => !row.broken.length);

  // The three choices, each a pair of the row and the runner-up; empty where no row is allowed.
  function choices(rows, asked) {
    const left = allowed(rows);
    if (!left.length) return {};
    const measured = left.filter((row) => row.measured);
    const timed = measured.length ? measured : left;
    const found = {};
    for (const choice of CHOICES) {
      const some = choice === "smallest" ? left : timed;
      const first = pick(some, choice, asked);
      const others = some.filter((row) => row !== first);
      found[choice] = [first, others.length ? pick(others, choice, asked) : null];
    }
    return found;
  }

  // Where nothing is left: the one limit whose relaxing leaves something, and to what value.
  function to_relax(rows) {
    if (allowed(rows).length) return null;
    let found = null;
    for (const limit of ["max-objects", "max-memory", "readers"]) {
      for (const row of rows) {
        if (row.broken.some((each) => each.limit !== limit)) continue;
        if (limit === "readers") {
          if (row.broken.length === 1 && found === null) found = row.broken[0];
        } else if (found === null || row.broken[0].needs < found.needs) found = row.broken[0];
      }
      if (found !== null) return found;
    }
    return null;
  }

  // Why each family of codecs that no choice has was left out.
  function excluded(rows, chosen) {
    const taken = new Set(Object.values(chosen).map(([row]) => row.candidate.family));
    const families = new Map();
    for (const row of rows) {
      const family = row.candidate.family;
      if (!families.has(family)) families.set(family, []);
      families.get(family).push(row);
    }
    const found = [];
    for (const [family, some] of families) {
      if (!taken.has(family)) found.push({ family, reason: reason_of(some, chosen) });
    }
    return found;
  }

  function reason_of(rows, chosen) {
    const left = allowed(rows);
    if (!left.length) return rows[0].broken[0].why;
    if (!Object.keys(chosen).length) return "no choice was made";
    const fastest = chosen.fastest[0], smallest = chosen.smallest[0];
    let quick = left[0], small = left[0];
    for (const row of left) {
      if (value(row, "seconds") < value(quick, "seconds")) quick = row;
      if (value(row, "bytes") < value(small, "bytes")) small = row;
    }
    const slower = value(quick, "seconds") / value(fastest, "seconds");
    const larger = value(small, "bytes") / value(smallest, "bytes");
    const what = quick.measured && fastest.measured ? "" : "predicted ";
    return `at best ${what}${ratio(slower)} the time of ${fastest.candidate.codec}, ` +
      `and ${ratio(larger)} the bytes of ${smallest.candidate.codec}`;
  }

  // A number with so many figures after the point, as Python rounds it: halves to even.
  function fixed(number, digits) {
    const shown = number.toFixed(digits);
    const half = Math.abs(number * 2 ** (digits + 1));
    if (!Number.isInteger(half) || half % 2 === 0 || "02468".includes(shown.at(-1))) return shown;
    return (number - Math.sign(number) * 10 ** -(digits + 1)).toFixed(digits);
  }

  // 1.25x, three figures.
  function ratio(factor) {
    if (factor >= 99.95) return `${fixed(factor, 0)}x`;
    return factor >= 9.995 ? `${fixed(factor, 1)}x` : `${fixed(factor, 2)}x`;
  }

  Object.assign(advice, {
    AXES, CHOICES, judged, value, front, allowed, choices, to_relax, excluded, fixed, ratio,
  });
})(globalThis.advice ??= {});
