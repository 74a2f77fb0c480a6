import { isDenial } from '@flairgate/core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { assertUntil } from './assert-until.js';
import { createOrganizationsFixture, type OrganizationsFixture } from './organizations-fixture.js';
import {
  aCommand,
  type Command,
  commands,
  freshPowers,
  type Powers,
  perform,
  type Run,
  readPowers,
} from './random-commands.js';

let world: OrganizationsFixture;

beforeAll(async () => {
  world = await createOrganizationsFixture();
});

/** Returns what an actor can grant: all it has, and for an owner with a whole credential also `root` and `bulk`. */
function mayGive(powers: Powers | undefined, oid: string): ReadonlySet<string> {
  const held = new Set(powers?.get(oid));
  if (held.has('owner') && held.has('unsegmented')) for (const flair of ['root', 'bulk']) held.add(flair);
  return held;
}

/** Returns what a caller has after a command, and neither had before nor could be given by the actor. */
function escalations(
  before: ReadonlyMap<string, Powers>,
  after: ReadonlyMap<string, Powers>,
  by: string,
): readonly string[] {
  const beyond: string[] = [];
  for (const [text, powers] of after) {
    for (const [oid, held] of powers) {
      const given = mayGive(before.get(by), oid);
      const had = before.get(text)?.get(oid);
      for (const word of held) if (!had?.has(word) && !given.has(word)) beyond.push(word);
    }
  }
  return beyond;
}

async function give(run: Run, command: Command): Promise<string | undefined> {
  const holder = run.holders[command.by % run.holders.length];
  if (holder === undefined) return undefined;
  const principal = await run.setting.authenticator.authenticate({ kind: 'api-key', text: holder.text }, undefined);
  if (isDenial(principal)) return undefined;
  const before = run.powers;
  const performed = await perform(run, command, { kind: 'principal', principal, address: undefined });
  if (performed === undefined) return undefined;
  const { name, text } = performed;
  if (text !== undefined) run.holders.push({ name: `${name} by ${holder.name}`, text });
  run.powers = await readPowers(run);
  const beyond = escalations(before, run.powers, holder.text);
  if (beyond.length > 0) throw new Error(`${name} by ${holder.name} handed out ${beyond.join(', ')}`);
  return name;
}

describe('commands in any order, by any caller', () => {
  it('commands in any order, by any caller, hand out nothing their giver did not hold, and count at once', {
    timeout: 300_000,
  }, async () => {
    const worked = new Map<string, number>();
    const idle = () => Object.keys(commands).filter((name) => !worked.has(name));
    await assertUntil(
      fc.asyncProperty(fc.array(aCommand, { minLength: 12, maxLength: 18 }), async (sequence) => {
        const setting = await world.open();
        const holders = [...world.holders];
        const powers = await readPowers({ world, setting, holders });
        const run: Run = { world, setting, holders, gids: [...world.gids], powers };
        try {
          for (const command of sequence) {
            const name = await give(run, command);
            if (name !== undefined) worked.set(name, (worked.get(name) ?? 0) + 1);
          }
          expect(await readPowers(run)).toEqual(await freshPowers(run));
        } finally {
          setting.authenticator.close();
        }
      }),
      process.env.FULL_RUNS === undefined ? 400 : 2000,
      () => idle().length === 0,
    );
    // A command that is always refused would be tested by nothing.
    expect(idle()).toEqual([]);
  });
});
