import { describe, it } from 'vitest';
import { kindsToTest } from '../../../packages/stores/test/databases.js';
import { startTogether } from '../../cluster/start-together.ts';

const [postgres] = await kindsToTest(['postgres']);

describe.skipIf(postgres === undefined)('twenty gateways that start at once on an empty PostgreSQL', () => {
  it('twenty gateways that start at once on an empty PostgreSQL make one signing key, and every token counts everywhere', () =>
    startTogether(20));
});
