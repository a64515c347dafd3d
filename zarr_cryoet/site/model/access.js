"use strict";
// zarr_cryoet/core/access.py and core/rng.py: what each access pattern reads of a volume of any
// shape, as plain selections, {points, axes: [z, y, x]}; `geometry.plain` in Python.
((advice) => {
  const { range, everything } = advice;
  const WORD = (1n << 64n) - 1n;
  const GAMMA = 0x9E3779B97F4A7C15n, MIX1 = 0xBF58476D1CE4E5B9n, MIX2 = 0x94D049BB133111EBn;

  // Spread a small seed over 64 bits, so that neighbouring seeds share no stream.
  function key(seed) {
    let z = (BigInt(seed) * 0xD1342543DE82EF95n + 0x632BE59BD9B4E019n) & WORD;
    z = ((z ^ (z >> 32n)) * 0xDABA0B6EB09322E3n) & WORD;
    return z ^ (z >> 32n);
  }

  // `count` integers in [0, high), of a stream that the seed names.
  function below(seed, count, high) {
    const found = [], start = key(seed);
    for (let n = 1n; n <= BigInt(count); n++) {
      let z = (n * GAMMA + start) & WORD;
      z ^= z >> 30n;
      z = (z * MIX1) & WORD;
      z ^= z >> 27n;
      z = (z * MIX2) & WORD;
      z ^= z >> 31n;
      found.push(Number(((z >> 32n) * BigInt(high)) >> 32n));
    }
    return found;
  }

  const box = (starts, stops, step = 1) => ({
    points: false, axes: starts.map((start, axis) => range(start, stops[axis], step)),
  });

  const full = (shape) => [everything(shape)];

  const plane = (axis) => (shape) => {
    const k = Math.floor((shape[axis] * 3) / 8);
    return [box(shape.map((_, i) => (i === axis ? k : 0)), shape.map((n, i) => (i === axis ? k + 1 : n)))];
  };

  const boxes = (edge, count, seed = 1) => (shape) => {
    const sizes = shape.map((n) => Math.min(edge, n));
    const starts = shape.map((n, axis) => below(seed * 3 + axis, count, n - sizes[axis] + 1));
    return range(0, count).map((k) => {
      const corner = starts.map((each) => each[k]);
      return box(corner, corner.map((start, axis) => start + sizes[axis]));
    });
  };

  const slabs = (count) => (shape) => {
    const edges = range(0, count + 1).map((k) => Math.floor((shape[0] * k) / count));
    return range(0, count).filter((k) => edges[k + 1] > edges[k])
      .map((k) => box([edges[k], 0, 0], [edges[k + 1], shape[1], shape[2]]));
  };

  const ortho_view = (shape) => [0, 1, 2].map((axis) => plane(axis)(shape)[0]);

  const strided = (shape) => [box([0, 0, 0], shape, 4)];

  const orthogonal = (shape) => [{
    points: false,
    axes: shape.map((n, axis) =>
      [...new Set(below(50 + axis, Math.max(1, Math.floor(n / 4)), n))].sort((a, b) => a - b)),
  }];

  const points = (count) => (shape) => [{
    points: true, axes: shape.map((n, axis) => below(60 + axis, count, n)),
  }];

  const middle = (size, whole, start) => (shape) => {
    const starts = shape.map((n) => Math.floor((n * start) / whole));
    return [box(starts, shape.map((n, a) => starts[a] + Math.max(1, Math.floor((n * size) / whole))))];
  };

  const ACCESS = {
    "full": full,
    "plane-xy": plane(0),
    "plane-xz": plane(1),
    "plane-yz": plane(2),
    "boxes-64": boxes(64, 8),
    "slabs": slabs(8),
    "ortho-view": ortho_view,
    "patches-96": boxes(96, 4, 7),
    "strided": strided,
    "orthogonal": orthogonal,
    "points": points(1000),
    "part-shard": middle(3, 16, 1),
    "parts-shards": middle(4, 16, 6),
  };

  const plain = (access, shape) => ACCESS[access](shape);

  Object.assign(advice, { ACCESS, below, plain });
})(globalThis.advice ??= {});
