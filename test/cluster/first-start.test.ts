import { describe, it } from 'vitest';
import { kindsToTest } from '../../packages/stores/test/databases.js';
import { startTogether } from './start-together.ts';

const [postgres] = await kindsToTest(['postgres']);

describe.skipIf(postgres === undefined)(
  'gateways that start at once on an empty PostgreSQL',
  { timeout: 90_000 },
  () => {
    it('gateways that start at once on an empty PostgreSQL make one signing key, and every token counts everywhere', () =>
      startTogether(6));
  },
);
