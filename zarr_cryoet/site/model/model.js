"use strict";
// zarr_cryoet/recommend/model.py, line by line: what a way of storing costs. Sums are taken in the
// order in which they stand there, so that the answers are the same to the last bit.
((advice) => {
  const { WRITE, ceil_div, everything, met, resolved, volume_of } = advice;
  const FRESH = 33554432;
  const READ_FEATURES = [
    "call", "object", "shard", "range", "inner", "coded", "row", "piece",
    "voxel_byte", "stored_byte", "coded_byte", "big_byte", "fresh_byte", "decode",
  ];
  const WRITE_FEATURES = [
    "call", "object", "shard", "inner", "coded",
    "voxel_byte", "gather_byte", "stored_byte", "encode",
  ];
  const METADATA = { 2: 2, 3: 1 };
  const METADATA_BYTES = 1000;

  // The figures measured on chunks of that shape, else on those nearest to it in voxels.
  function nearest(rows, chunk) {
    const voxels = volume_of(chunk);
    let best = null, distance = 0.0;
    for (const row of rows) {
      if (row.chunk.every((edge, axis) => edge === chunk[axis])) return row;
      const other = volume_of(row.chunk);
      const apart = other > voxels ? other / voxels : voxels / other;
      if (best === null || apart < distance) {
        best = row;
        distance = apart;
      }
    }
    return best;
  }

  // A candidate as it stands for one volume; `pieces`: whether the library reads of raw chunks what
  // is asked for, and no more.
  function cut(candidate, terms, shape, itemsize, pieces) {
    const chunks = resolved(candidate.chunks, shape);
    let shards = null, inside = 0;
    if (candidate.shards !== null) {
      shards = resolved(candidate.shards, shape, chunks);
      inside = Math.floor(volume_of(shards) / volume_of(chunks));
    }
    const codec = terms.codecs[candidate.codec];
    return {
      chunks,
      shards,
      inside,
      chunk_bytes: volume_of(chunks) * itemsize,
      index_bytes: inside ? 16 * inside + 4 : 0,
      filled: nearest(codec.blocks, chunks),
      padded: nearest(codec.padding, chunks),
      cores: terms.cores,
      itemsize,
      parts: pieces,
      shape,
    };
  }

  // Bytes that the chunks of a selection are stored in, without any index.
  function stored_bytes(touch, how) {
    const filled = (touch.real * how.itemsize) / how.filled.ratio;
    return filled + (touch.padding * how.itemsize) / how.padded.ratio;
  }

  // Seconds of the codec alone on the chunks of a selection; `what`: decode, or encode.
  function codec_seconds(touch, how, what) {
    const filled = touch.real * how.itemsize * how.filled[what];
    const alone = filled + touch.padding * how.itemsize * how.padded[what];
    return alone / Math.max(1, Math.min(how.cores, touch.chunks));
  }

  // Whether chunks go through a codec.
  const coded = (how) => how.filled.decode > 0;

  // Of what is stored, the share that comes in pieces above FRESH: chunks, or whole shards.
  function big_share(touch, how) {
    if (how.chunk_bytes > FRESH) return 1.0;
    if (touch.whole && how.inside * how.chunk_bytes > FRESH) return (touch.whole * how.inside) / touch.chunks;
    return 0.0;
  }

  // The counts that the seconds of reading a selection are a sum of.
  function read_features(touch, how) {
    const sharded = how.shards !== null;
    const asked = touch.voxels * how.itemsize;
    const pieces = how.parts && !coded(how);
    const stored = pieces ? asked : stored_bytes(touch, how);
    const ranges = sharded ? touch.chunks - touch.whole * how.inside : 0;
    return {
      call: 1,
      object: sharded ? 0 : touch.chunks,
      shard: touch.shards,
      range: ranges,
      inner: sharded ? touch.chunks : 0,
      coded: coded(how) ? touch.chunks : 0,
      row: touch.rows,
      piece: pieces && touch.voxels < touch.real ? touch.rows : 0,
      voxel_byte: asked,
      stored_byte: stored + touch.shards * how.index_bytes,
      coded_byte: coded(how) ? touch.chunks * how.chunk_bytes : 0,
      big_byte: stored * big_share(touch, how),
      fresh_byte: asked > FRESH ? asked : 0,
      decode: codec_seconds(touch, how, "decode"),
    };
  }

  // The same of writing the whole volume.
  function write_features(touch, how) {
    const sharded = how.shards !== null;
    return {
      call: 1,
      object: sharded ? 0 : touch.chunks,
      shard: touch.shards,
      inner: sharded ? touch.chunks : 0,
      coded: coded(how) ? touch.chunks : 0,
      voxel_byte: touch.chunks * how.chunk_bytes,
      gather_byte: touch.chunks > 1 ? touch.chunks * how.chunk_bytes : 0,
      stored_byte: stored_bytes(touch, how) + touch.shards * how.index_bytes,
      encode: codec_seconds(touch, how, "encode"),
    };
  }

  // Their sum, each times its weight; a weight that is not on record counts nothing.
  function weighed(features, weights, names) {
    let seconds = 0.0;
    for (const name of names) seconds += features[name] * (weights[name] ?? 0.0);
    return seconds;
  }

  // Requests for parts of shards, and chunks that they bring; `joins`: bytes that a library reads in
  // vain to spare a request, and at most in one, or null.
  function ranges_of(selection, touch, how, joins) {
    const alone = touch.chunks - touch.whole * how.inside;
    if (joins === null || alone === 0 || selection.points) return [alone, alone];
    const each = Math.max(1.0, stored_bytes(touch, how) / touch.chunks);
    const gap = joins.gap / each, limit = joins.limit / each;
    return advice.pieces(selection, how.shape, how.chunks, how.shards, gap, limit);
  }

  // What a selection asks of a network: requests for indexes, for data, and bytes.
  function waits(selection, touch, how, joins) {
    const stored = stored_bytes(touch, how);
    if (how.shards === null) return [0, touch.chunks, stored];
    const [ranges, brought] = ranges_of(selection, touch, how, joins);
    const vain = brought - (touch.chunks - touch.whole * how.inside);
    const moved = stored + (vain * stored) / touch.chunks + touch.shards * how.index_bytes;
    return [touch.shards - touch.whole, ranges + touch.whole, moved];
  }

  // All that does not depend on weights, on the store, or on prices.
  function parts(candidate, terms, asked, selections) {
    const shape = asked.shape;
    const backend = terms.backends[asked.backend];
    const how = cut(candidate, terms, shape, asked.itemsize, backend.parts ?? false);
    const whole = met(everything(shape), shape, how.chunks, how.shards);
    const shard_bytes = how.inside * how.chunk_bytes;
    const local = {}, waiting = {}, held = {};
    for (const access of Object.keys(selections)) {
      let seconds = 0.0;
      const asks = [];
      let most = [0, 0];
      for (const selection of selections[access]) {
        const touch = met(selection, shape, how.chunks, how.shards);
        const features = read_features(touch, how);
        seconds += weighed(features, backend.read, READ_FEATURES);
        asks.push(waits(selection, touch, how, backend.joins ?? null));
        const unit = touch.whole ? [shard_bytes, touch.whole] : [how.chunk_bytes, touch.chunks];
        if (unit[0] * unit[1] > most[0] * most[1]) most = unit;
      }
      local[access] = seconds;
      waiting[access] = asks;
      held[access] = most;
    }
    const count = how.shards !== null ? whole.shards : whole.chunks;
    const stored = stored_bytes(whole, how) + whole.shards * how.index_bytes;
    local[WRITE] = weighed(write_features(whole, how), backend.write, WRITE_FEATURES);
    waiting[WRITE] = [[0, count, stored]];
    held[WRITE] = [shard_bytes || how.chunk_bytes, count];
    return {
      local,
      waits: waiting,
      held,
      bytes: stored + METADATA_BYTES,
      objects: count + METADATA[candidate.zarr_format],
    };
  }

  // Seconds that a selection waits for a network; 0 where there is none.
  function network_seconds(wait, store) {
    const [indexes, requests, stored] = wait;
    const flight = store.in_flight;
    const rounds = ceil_div(indexes, flight) + ceil_div(requests, flight);
    let seconds = rounds * store.latency;
    if (store.bandwidth !== null && requests > 0) {
      seconds += stored / (store.bandwidth * Math.min(flight, requests));
    }
    return seconds;
  }

  // Seconds of one access: on the machine, and waiting for the network.
  function access_seconds(part, access, store) {
    let seconds = part.local[access];
    for (const wait of part.waits[access]) seconds += network_seconds(wait, store);
    return seconds;
  }

  // Weights as shares of all, in the order in which they were given.
  function shares(weights) {
    let total = 0.0;
    for (const access of Object.keys(weights)) total += weights[access];
    const found = {};
    for (const access of Object.keys(weights)) found[access] = weights[access] / total;
    return found;
  }

  // Expected seconds of one access, drawn by its weight.
  function weighted_seconds(part, asked) {
    let seconds = 0.0;
    const share = shares(asked.weights);
    for (const access of Object.keys(share)) {
      if (share[access] > 0) seconds += share[access] * access_seconds(part, access, asked.store);
    }
    return seconds;
  }

  // Requests that one access makes.
  function requests_of(part, access) {
    let count = 0;
    for (const wait of part.waits[access]) count += wait[0] + wait[1];
    return count;
  }

  // Bytes of chunks or shards decoded at one time, at most, of what is asked for.
  function memory_of(part, asked) {
    let most = 0;
    for (const access of Object.keys(asked.weights)) {
      if (asked.weights[access] > 0) {
        const [unit, count] = part.held[access];
        most = Math.max(most, unit * Math.min(count, asked.store.in_flight));
      }
    }
    return most;
  }

  // US dollars a month for all tomograms; null where the store has no prices.
  function dollars_of(part, asked) {
    const prices = asked.prices;
    if (prices === null) return null;
    const share = shares(asked.weights);
    let once = 0.0;
    for (const access of Object.keys(share)) {
      let moved = 0.0;
      for (const wait of part.waits[access]) moved += wait[2];
      const each = access === WRITE ? prices.writes : prices.reads;
      const out = access === WRITE ? 0.0 : moved * prices.egress;
      once += share[access] * (requests_of(part, access) * each + out);
    }
    return asked.tomograms * (part.bytes * prices.storage + asked.reads * once);
  }

  // What is to be expected of a candidate.
  function expected(part, asked, spread) {
    const seconds = {}, requests = {};
    for (const access of Object.keys(asked.weights)) {
      seconds[access] = access_seconds(part, access, asked.store);
      requests[access] = requests_of(part, access);
    }
    const value = weighted_seconds(part, asked);
    let local = 0.0;
    const share = shares(asked.weights);
    for (const access of Object.keys(share)) local += share[access] * part.local[access];
    return {
      seconds,
      weighted: value,
      interval: [value + local * (spread[0] - 1.0), value + local * (spread[1] - 1.0)],
      bytes: part.bytes,
      gb: (part.bytes * asked.tomograms) / 1e9,
      objects: part.objects,
      requests,
      memory: memory_of(part, asked),
      dollars: dollars_of(part, asked),
    };
  }

  Object.assign(advice, { parts, shares, access_seconds, requests_of, expected });
})(globalThis.advice ??= {});
