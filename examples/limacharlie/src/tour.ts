import { randomUUID } from 'node:crypto';
import { isDenial, OptionError } from '@flairgate/core';
import { limitsOf } from '@flairgate/core/administration';
import type { OpenedService } from 'flairgate';
import type { Demo } from './first-start.js';
import { createExplain } from './hive/explain.js';
import { parseMetadata } from './hive/record.js';
import { upsertRecord } from './hive/write-records.js';
import type { Records } from './records/records.js';

/** Hive of the records of the tour. */
export const TOUR_HIVE = 'fp';

/** Flairs whose keys create a record of the tour; the name of the record is that of the flair. */
const CREATORS = ['bulk', 'lock', 'secret', 'segment'] as const;

/** Creates one record by each of four keys, as a request with that key would. */
export async function createTourRecords(
  { service, administration }: OpenedService,
  records: Records,
  demo: Demo,
): Promise<void> {
  const { store, now } = administration;
  const writing = { records, explain: createExplain(store), limits: limitsOf(administration), now };
  for (const flair of CREATORS) {
    const key = demo.keys.find(({ name }) => name === `demo[${flair}]`);
    const principal = await service.gate.authenticator.authenticate(
      { kind: 'api-key', text: key?.text ?? '' },
      undefined,
    );
    const caller = isDenial(principal) ? undefined : principal.in(demo.oid);
    const metadata = parseMetadata(undefined);
    if (isDenial(principal) || caller === undefined || !metadata.allowed) throw failed(flair);
    const by = { ...writing, randomUUID, ident: principal.ident, caller };
    const written = await upsertRecord({ ...by, hive: TOUR_HIVE, name: `by-${flair}` }, content(flair), metadata.value);
    // A small limit of the configuration leaves room for fewer.
    if (!written.allowed && written.code !== 'ERR_LIMIT') throw failed(flair);
  }
}

function content(flair: string): string {
  return JSON.stringify({ detection: { op: 'is', path: 'detect/event/FILE_PATH', value: `made by ${flair}` } });
}

function failed(flair: string): OptionError {
  return new OptionError(`the first start could not create the record of demo[${flair}]`);
}
