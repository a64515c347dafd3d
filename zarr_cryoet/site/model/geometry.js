"use strict";
// zarr_cryoet/recommend/geometry.py, line by line: what a selection meets of chunks and shards.
((advice) => {
  const WRITE = "write";

  // An extent with nothing left open: 0 along an axis is the volume's own length there.
  function resolved(extent, shape, inner = null) {
    const found = [];
    for (let axis = 0; axis < 3; axis++) {
      let edge = extent[axis];
      if (edge === 0) {
        edge = shape[axis];
        if (inner !== null) edge = ceil_div(edge, inner[axis]) * inner[axis];
      }
      found.push(edge);
    }
    return found;
  }

  const ceil_div = (a, b) => Math.floor((a + b - 1) / b);

  const volume_of = (extent) => extent[0] * extent[1] * extent[2];

  // What one plain selection, {points, axes: [z, y, x]}, meets. Layouts are far fewer than
  // candidates, so that it is kept for each, as long as the selection is.
  const kept = new WeakMap();

  function met(selection, shape, chunks, shards) {
    if (!kept.has(selection)) kept.set(selection, new Map());
    const known = kept.get(selection), key = `${shape}/${chunks}/${shards}`;
    if (!known.has(key)) known.set(key, meet(selection, shape, chunks, shards));
    return known.get(key);
  }

  function meet(selection, shape, chunks, shards) {
    if (selection.points) return points(selection.axes, shape, chunks, shards);
    const axes = selection.axes;
    const found = [];
    for (let a = 0; a < 3; a++) found.push(along(axes[a], shape[a], chunks[a], shards ? shards[a] : 0));
    const [z, y, x] = found;
    const count = z.cells * y.cells * x.cells;
    const real = z.real * y.real * x.real;
    return {
      voxels: axes[0].length * axes[1].length * axes[2].length,
      rows: axes[0].length * axes[1].length * x.runs,
      chunks: count,
      real,
      padding: count * volume_of(chunks) - real,
      shards: shards ? z.shards * y.shards * x.shards : 0,
      whole: shards ? z.whole * y.whole * x.whole : 0,
    };
  }

  // Of one axis: cells met, voxels of the volume in them, runs, shards met and whole ones.
  function along(places, length, edge, shard) {
    let cells = 0, real = 0, runs = 0, shards = 0, whole = 0, inside = 0;
    let last_cell = -1, last_shard = -1, last = -1;
    const per_shard = shard ? Math.floor(shard / edge) : 0;
    for (const place of places) {
      const cell = Math.floor(place / edge);
      if (cell !== last_cell || place !== last + 1) runs += 1;
      if (cell !== last_cell) {
        cells += 1;
        real += Math.min(edge, length - cell * edge);
        if (shard) {
          if (Math.floor(place / shard) !== last_shard) {
            shards += 1;
            last_shard = Math.floor(place / shard);
            inside = 0;
          }
          inside += 1;
          if (inside === per_shard) whole += 1;
        }
      }
      last_cell = cell;
      last = place;
    }
    return { cells, real, runs, shards, whole };
  }

  // The same for single voxels, which are met one by one.
  function points(axes, shape, chunks, shards) {
    const seen = new Set(), outer = new Map();
    let real = 0;
    for (let k = 0; k < axes[0].length; k++) {
      const cell = [0, 1, 2].map((a) => Math.floor(axes[a][k] / chunks[a]));
      const key = (cell[0] * shape[1] + cell[1]) * shape[2] + cell[2];
      if (seen.has(key)) continue;
      seen.add(key);
      const extents = [0, 1, 2].map((a) => Math.min(chunks[a], shape[a] - cell[a] * chunks[a]));
      real += volume_of(extents);
      if (shards) {
        const held = [0, 1, 2].map((a) => Math.floor(axes[a][k] / shards[a]));
        const place = (held[0] * shape[1] + held[1]) * shape[2] + held[2];
        outer.set(place, (outer.get(place) || 0) + 1);
      }
    }
    const inside = shards ? Math.floor(volume_of(shards) / volume_of(chunks)) : 0;
    let whole = 0;
    for (const count of outer.values()) if (count === inside) whole += 1;
    return {
      voxels: axes[0].length,
      rows: axes[0].length,
      chunks: seen.size,
      real,
      padding: seen.size * volume_of(chunks) - real,
      shards: outer.size,
      whole,
    };
  }

  // Requests for chunks of shards of which a part is met, where near ones come together, and chunks
  // that they bring, those between included.
  function pieces(selection, shape, chunks, shards, gap, limit) {
    const grid = [0, 1, 2].map((a) => Math.floor(shards[a] / chunks[a]));
    const axes = [0, 1, 2].map((a) => shared(selection.axes[a], shape[a], chunks[a], grid[a]));
    let count = 0, brought = 0;
    for (const z of axes[0]) {
      for (const y of axes[1]) {
        for (const x of axes[2]) {
          if (z.met.length * y.met.length * x.met.length === volume_of(grid)) continue;
          const found = together(ranks([z, y, x], grid), gap, limit);
          const times = z.shards * y.shards * x.shards;
          count += times * found[0];
          brought += times * found[1];
        }
      }
    }
    return [count, brought];
  }

  // Of one axis: chunks met in a shard and chunks there, from its start; shards that share them.
  function shared(places, length, edge, inside) {
    const held = [], found = [];
    let last = -1;
    for (const place of places) {
      const cell = Math.floor(place / edge);
      if (cell !== last) {
        const shard = Math.floor(cell / inside);
        if (!held.length || held[held.length - 1].shard !== shard) {
          const there = Math.min(inside, ceil_div(length, edge) - shard * inside);
          held.push({ shard, met: [], there });
        }
        held[held.length - 1].met.push(cell % inside);
      }
      last = cell;
    }
    for (const each of held) {
      const same = found.find((one) => String(one.met) === String(each.met) && one.there === each.there);
      if (same) same.shards += 1;
      else found.push({ met: each.met, there: each.there, shards: 1 });
    }
    return found;
  }

  // Where the chunks that are met stand among those that are there, ascending.
  function ranks([z, y, x], grid) {
    const placed = order([z.there, y.there, x.there], grid);
    const found = [];
    for (const k of z.met) {
      for (const j of y.met) {
        for (const i of x.met) found.push(placed[(k * y.there + j) * x.there + i]);
      }
    }
    return found.sort((a, b) => a - b);
  }

  // The rank of each chunk that is there, last axis first; the last few are kept.
  const orders = new Map();

  function order(there, grid) {
    const key = `${there}/${grid}`;
    if (orders.has(key)) return orders.get(key);
    const codes = [];
    for (let k = 0; k < there[0]; k++) {
      for (let j = 0; j < there[1]; j++) {
        for (let i = 0; i < there[2]; i++) codes.push([morton([k, j, i], grid), codes.length]);
      }
    }
    codes.sort((a, b) => a[0] - b[0]);
    const placed = new Array(codes.length);
    codes.forEach(([, at], rank) => { placed[at] = rank; });
    if (orders.size >= 64) orders.delete(orders.keys().next().value);
    orders.set(key, placed);
    return placed;
  }

  // The rank of a chunk in its shard: bits in turn, those of z the lowest, and none to spare.
  function morton(place, grid) {
    let code = 0, factor = 1;
    for (let bit = 0; bit < 32 - Math.clz32(Math.max(...grid)); bit++) {
      for (let axis = 0; axis < 3; axis++) {
        if ((grid[axis] - 1) >> bit) {
          code += ((place[axis] >> bit) & 1) * factor;
          factor *= 2;
        }
      }
    }
    return code;
  }

  // Runs that ascending ranks fall into, and how many ranks these span.
  function together(found, gap, limit) {
    let count = 1, begin = found[0], last = found[0], brought = 0;
    for (const rank of found) {
      if (rank - last - 1 > gap || rank + 1 - begin > limit) {
        brought += last + 1 - begin;
        count += 1;
        begin = rank;
      }
      last = rank;
    }
    return [count, brought + last + 1 - begin];
  }

  const range = (start, stop, step = 1) => {
    const found = [];
    for (let i = start; i < stop; i += step) found.push(i);
    return found;
  };

  // The selection of the whole volume; the last one is kept.
  let whole = { shape: "", selection: null };

  function everything(shape) {
    if (whole.shape !== String(shape)) {
      whole = { shape: String(shape), selection: { points: false, axes: shape.map((n) => range(0, n)) } };
    }
    return whole.selection;
  }

  Object.assign(advice, { WRITE, resolved, ceil_div, volume_of, met, pieces, range, everything });
})(globalThis.advice ??= {});
