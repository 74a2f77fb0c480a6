/** Splits values into batches of a few fixed sizes. A short batch is filled up by repeating its last value. */
export function* inBatches(values: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < values.length; ) {
    const left = values.length - at;
    const size = VALUES_AT_ONCE.find((most) => left <= most) ?? 512;
    const some = values.slice(at, at + size);
    yield [...some, ...Array<string>(size - some.length).fill(some.at(-1) ?? '')];
    at += size;
  }
}

/** Batch sizes. A database compiles one statement per batch size, so there are only a few sizes. */
const VALUES_AT_ONCE = [8, 64, 512] as const;
