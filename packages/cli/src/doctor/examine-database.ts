import { stat } from 'node:fs/promises';
import { OptionError, UnavailableError } from '@flairgate/core';
import { findOwnerless, findUnlistedPolicies } from '@flairgate/core/administration';
import type { ReadTransaction, Store } from '@flairgate/core/store';
import type { Settings } from '../configuration/settings.js';
import { type Database, openAsItIs } from '../database.js';
import { faultToFailure } from '../print.js';
import type { Finding } from './finding.js';

/**
 * Maximum time, in milliseconds, by which the clock of this machine may be behind the newest change in the database. If
 * the clock is further behind, tokens seem to be issued in the future.
 */
const CLOCK_TOLERANCE_MS = 5000;

/**
 * Checks that Flairgate's database opens with the configured master key and that its rows are consistent. Changes
 * nothing in the database. Returns the problems that were found.
 */
export async function examineDatabase(
  database: Database,
  settings: Settings,
  now: number,
): Promise<readonly Finding[]> {
  const files = database.kind === 'sqlite' ? await examineFiles(database.file) : [];
  let store: Store;
  try {
    store = await openAsItIs(database, settings);
  } catch (error) {
    if (!(error instanceof OptionError || error instanceof UnavailableError)) throw error;
    return [...files, { check: 'database', text: faultToFailure(error).error.replace(/^database: /, '') }];
  }
  try {
    return [...files, ...(await store.read((tx) => examineRows(tx, now)))];
  } finally {
    await store.close();
  }
}

/**
 * Checks that only the owner of the database file and the master key file can open these files. Any user who can read
 * both files has all rights of the operator.
 */
async function examineFiles(file: string): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const name of [file, `${file}.master-key`]) {
    const mode = await stat(name).then(
      (found) => found.mode,
      () => 0,
    );
    if ((mode & 0o077) === 0) continue;
    findings.push({ check: 'files', text: `other users may open ${name}; run \`chmod 600\` on it` });
  }
  return findings;
}

async function examineRows(tx: ReadTransaction, now: number): Promise<readonly Finding[]> {
  const [revision] = await tx.find('revision', {});
  const newest = (await tx.find('change', {}, { limit: 1, descending: true }))[0];
  const findings: Finding[] = [];
  if (revision === undefined) {
    findings.push({ check: 'revision', text: 'the database counts no changes; restore it from a copy' });
  } else if ((newest?.n ?? 0) > revision.n || revision.prunedTo > revision.n) {
    const text = `the count of changes (${revision.n}) is behind the changes themselves; restore the database from a copy`;
    findings.push({ check: 'revision', text });
  }
  const ahead = (newest?.at ?? 0) - now;
  if (ahead > CLOCK_TOLERANCE_MS) {
    const text = `the newest change was made ${Math.ceil(ahead / 1000)} s after now; set the clock of this machine or of that one`;
    findings.push({ check: 'clock', text });
  }
  if ((await tx.get('setting', { name: 'suspended' })) !== undefined) {
    findings.push({ check: 'suspended', text: 'every key is suspended since a restore; flairgate restore --confirm' });
  }
  for (const { oid, name } of await findOwnerless(tx)) {
    const text = `organization ${oid} (${name}) has no active owner; give it one: flairgate user join --role owner`;
    findings.push({ check: 'owner', text });
  }
  for (const { oid, name } of await findUnlistedPolicies(tx)) {
    const text = `policy ${name} of organization ${oid} is not found by its groups; store it again: flairgate policy put`;
    findings.push({ check: 'policy', text });
  }
  return findings;
}
