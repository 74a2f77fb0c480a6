import { afterAll, expect } from 'vitest';

const deprecated: string[] = [];

/** Makes deprecation warnings of Node and of drivers fail the tests. */
process.on('warning', ({ name, message }) => {
  if (name === 'DeprecationWarning') deprecated.push(message);
});

afterAll(async () => {
  // A warning comes a turn after its cause.
  await new Promise((resolve) => setImmediate(resolve));
  expect(deprecated, 'deprecated by Node or a driver').toEqual([]);
});
