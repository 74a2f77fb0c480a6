import { afterAll, expect } from 'vitest';

const deprecated: string[] = [];

/** Makes deprecation warnings of Node and of drivers fail the tests. */
function hear({ name, message }: Error): void {
  if (name === 'DeprecationWarning') deprecated.push(message);
}

process.on('warning', hear);

afterAll(async () => {
  // A warning comes a turn after its cause.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', hear);
  expect(deprecated, 'deprecated by Node or a driver').toEqual([]);
});
