import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listOperations, type Tried, tryFaults } from '../../attacks/every-route-faults.ts';
import { FAULTS } from '../../attacks/faulty-store.ts';

const died: unknown[] = [];
const note = (error: unknown) => void died.push(error);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => void process.off('unhandledRejection', note));

const operations = await listOperations();

const isGood = ({ status, usual }: Tried) => status === 503 || status === 200 || status === usual;

describe('every call of the store that a route makes, failed in every way', () => {
  it.each(operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    'T-O01, J-08, V16.5: %s is 503 in time and opens nothing',
    { timeout: 600_000 },
    async (name, operation) => {
      const tried = await tryFaults(operation, { faults: FAULTS });
      expect(tried.filter((one) => !isGood(one))).toEqual([]);
      expect(tried.filter(({ text }) => text.includes('MARKED'))).toEqual([]);
      const { kind } = operation.needs;
      const weak =
        kind === 'permissions' || kind === 'user' ? await tryFaults(operation, { faults: FAULTS, asker: 'weak' }) : [];
      expect(weak.filter(({ status }) => ![401, 403, 404, 503].includes(status))).toEqual([]);
      process.stderr.write(`${name}: ${tried.length} faults of a good caller, ${weak.length} of a weak one\n`);
      expect(died).toEqual([]);
    },
  );
});
