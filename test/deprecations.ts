import { afterAll, expect } from 'vitest';

const deprecated: string[] = [];

/** What Node and drivers will take away has to be noticed before they do. */
process.on('warning', ({ name, message }) => {
  if (name === 'DeprecationWarning') deprecated.push(message);
});

afterAll(async () => {
  // A warning comes a turn after its cause.
  await new Promise((resolve) => setImmediate(resolve));
  expect(deprecated, 'deprecated by Node or a driver').toEqual([]);
});
