"use strict";
// zarr_cryoet/recommend/candidates.py: every codec in every layout, and the baseline last. Rows of
// both come from Python; `kind` is a codec's family as readers know it, `family` as people do.
((advice) => {
  function candidate(codec, layout, zarr_format) {
    return {
      id: `${codec.id}_${layout.id}_v${zarr_format}`,
      codec: codec.id,
      layout: layout.id,
      zarr_format,
      kind: codec.kind,
      family: codec.family,
      chunks: layout.chunks,
      shards: layout.shards,
    };
  }

  // registry: {codecs, layouts, portal: [codec, layout, format]}; of `measured`, figures are known.
  function candidates(registry, measured, formats = [3]) {
    const found = [];
    for (const codec of registry.codecs) {
      if (!codec.judged || !measured.includes(codec.id)) continue;
      for (const layout of registry.layouts) {
        if (!layout.judged) continue;
        for (const zarr_format of formats) {
          if (!codec.formats.includes(zarr_format)) continue;
          if (zarr_format === 2 && layout.shards) continue;
          found.push(candidate(codec, layout, zarr_format));
        }
      }
    }
    const [codec, layout, zarr_format] = registry.portal;
    const base = candidate(registry.codecs.find((row) => row.id === codec),
      registry.layouts.find((row) => row.id === layout), zarr_format);
    return [...found.filter((each) => each.id !== base.id), base];
  }

  Object.assign(advice, { candidates });
})(globalThis.advice ??= {});
