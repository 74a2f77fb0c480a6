import assert from 'node:assert/strict';
import { memoryFilter } from '@flairgate/core/filters/memory';
import { decide } from '@flairgate/core/internal';
import { createResourceRules, type OrganizationCaller } from '@flairgate/core/resources';
import { printFigure } from '../harness/figure.js';
import type { BenchOptions } from '../harness/options.js';
import { loadPeer } from '../harness/peers.js';
import { printTimes, ratiosOf, type TimedCase, timeCases } from '../harness/time-cases.js';
import { makeRows, party, type Row } from './party.js';

type Action = 'read' | 'update';

interface Decider {
  may(action: Action, row: object): boolean;
}

const rules = createResourceRules({ type: 'rule', content: ['data'] });
const rows = makeRows(1000);

/** Times one decision, and lists of 1,000 rows, against CASL, casbin and loops written by hand. */
export async function measureDecisions(options: BenchOptions): Promise<void> {
  const { caslDecider, casbinDecider } = await loadPeer<{
    caslDecider: (caller: OrganizationCaller) => Decider;
    casbinDecider: (caller: OrganizationCaller) => Promise<Decider>;
  }>('decide.js');
  const casl = caslDecider(party);
  const casbin = await casbinDecider(party);
  assertSame(casl, casbin);
  const times = await timeCases([...decisionCases(casl, casbin), ...listCases(casl)], options);
  printTimes('decide', times);
  const ratio = (name: string, to: string) => printFigure(`decide/${name}/÷ ${to}`, 'ratio', ratiosOf(times, name, to));
  ratio('list, filtered: ours', 'list, filtered: by hand');
  ratio('list, viewed: ours', 'list, viewed: by hand');
  ratio('list, filtered: CASL', 'list, filtered: ours');
  ratio('one resource: CASL', 'one resource: ours');
  ratio('one resource: casbin', 'one resource: ours');
}

function decisionCases(casl: Decider, casbin: Decider): readonly TimedCase[] {
  const ownerships = rows.map(({ created_by: createdBy, locked_by: lockedBy, secret_to: secretTo }) => ({
    createdBy,
    lockedBy,
    secretTo,
  }));
  const open = rows.map((row) => ({ ...row, secret_to: row.secret_to ?? '' }));
  return [
    overRows('one resource: ours, ownership given', ownerships, (each) => decide(party, each, 'read').allowed),
    overRows('one resource: ours', rows, (row) => rules.check(party, row, 'read').allowed),
    overRows('one resource: by hand', rows, mayRead),
    overRows('one resource: CASL', rows, (row) => casl.may('read', row)),
    overRows('one resource: casbin', open, (row) => casbin.may('read', row)),
  ];
}

function listCases(casl: Decider): readonly TimedCase[] {
  const filtered = rows.filter(mayRead).length;
  const viewed = viewByHand(rows).length;
  return [
    overList('list, filtered: ours', filtered, () => memoryFilter(rules.where(party, 'content'), rows)),
    overList('list, filtered: by hand', filtered, () => rows.filter(mayRead)),
    overList('list, filtered: CASL', filtered, () => rows.filter((row) => casl.may('read', row))),
    overList('list, viewed: ours', viewed, () => rules.view(party, rows)),
    overList('list, viewed: by hand', viewed, () => viewByHand(rows)),
  ];
}

function mayRead(row: Row): boolean {
  return (
    row.oid === party.oid &&
    row.created_by === party.identity &&
    (row.secret_to === null || row.secret_to === party.secretId)
  );
}

/** Hides what the caller must not know, withholds secret content, and leaves ownership out. */
function viewByHand(all: readonly Row[]): object[] {
  const seen: object[] = [];
  for (const row of all) {
    if (row.oid !== party.oid || row.created_by !== party.identity) continue;
    const { created_by, locked_by, secret_to, ...rest } = row;
    seen.push(secret_to === null || secret_to === party.secretId ? rest : { ...rest, data: null, opaque: true });
  }
  return seen;
}

/** Takes the next row each time; what is decided must differ between rows, as it does in life. */
function overRows<R>(name: string, all: readonly R[], may: (row: R) => boolean): TimedCase {
  let at = 0;
  let allowed = 0;
  return {
    name,
    run(count) {
      for (let index = 0; index < count; index++) {
        const row = all[at];
        if (row !== undefined && may(row)) allowed += 1;
        at = at + 1 === all.length ? 0 : at + 1;
      }
      return allowed >= 0 ? count : 0;
    },
  };
}

function overList(name: string, expected: number, list: () => readonly object[]): TimedCase {
  return {
    name,
    run(count) {
      let right = 0;
      for (let index = 0; index < count; index++) if (list().length === expected) right += 1;
      return right;
    },
  };
}

function assertSame(casl: Decider, casbin: Decider): void {
  for (const row of rows) {
    const expected = mayRead(row);
    assert.equal(rules.check(party, row, 'read').allowed, expected, row.id);
    assert.equal(casl.may('read', row), expected, row.id);
    // The model of casbin knows nobody's own secrets: it is asked of open rows only.
    if (row.secret_to === null) assert.equal(casbin.may('read', { ...row, secret_to: '' }), expected, row.id);
  }
  assert.deepEqual(memoryFilter(rules.where(party, 'content'), rows), rows.filter(mayRead));
  assert.deepEqual(rules.view(party, rows), viewByHand(rows));
}
