import type { Denial, OrganizationView, Outcome } from '@flairgate/core';
import type { WhereAction } from '@flairgate/core/resources';
import type { Store } from '@flairgate/core/store';
import type { Records } from '../records/records.js';
import { hiveRules } from './hive-rules.js';

/** The record a statement was about. */
export interface About {
  readonly records: Records;
  readonly caller: OrganizationView;
  readonly hive: string;
  readonly name: string;
}

/** Says why a statement touched no record, by one query without conditions. */
export type Explain = (about: About, action: WhereAction, etag?: string) => Promise<Denial>;

/** Makes `Explain`; it finds the names of those who hold locks in the store of keys. */
export function createExplain(store: Store): Explain {
  return async (about, action, etag) => {
    const row = await readRow(about);
    const holder = row?.locked_by ?? undefined;
    const holderName = holder === undefined ? undefined : await nameOf(store, holder);
    return hiveRules.refusal(about.caller, row, action, {
      ...(etag === undefined ? {} : { etagMatched: row?.etag === etag }),
      nameOf: (identity) => (identity === holder ? holderName : undefined),
    });
  };
}

/** Says whether content that is withheld from the caller would be written back blank. */
export async function admitBlank(about: About, conditional: boolean): Promise<Outcome<unknown>> {
  const row = await readRow(about);
  return hiveRules.admit(about.caller, row, { kind: 'upsert', conditional, body: { data: null } });
}

function readRow({ records, caller, hive, name }: About) {
  return records.read((db) =>
    db
      .selectFrom('limacharlie_record')
      .select(['oid', 'name', 'etag', 'created_by', 'locked_by', 'secret_to'])
      .where('oid', '=', caller.oid)
      .where('hive', '=', hive)
      .where('name', '=', name)
      .executeTakeFirst(),
  );
}

/** The identity of a user is named by id: their e-mail is no business of others. */
async function nameOf(store: Store, identity: string): Promise<string | undefined> {
  const row = await store.read((tx) => tx.get('identity', { id: identity }));
  return row?.name;
}
