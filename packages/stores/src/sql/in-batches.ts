/** Cuts values into batches of few sizes. The last value of a batch fills up what is left of it. */
export function* inBatches(values: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < values.length; ) {
    const left = values.length - at;
    const size = VALUES_AT_ONCE.find((most) => left <= most) ?? 512;
    const some = values.slice(at, at + size);
    yield [...some, ...Array<string>(size - some.length).fill(some.at(-1) ?? '')];
    at += size;
  }
}

/** Numbers of values in one statement. There are few, so that statements have few shapes. */
const VALUES_AT_ONCE = [8, 64, 512] as const;
