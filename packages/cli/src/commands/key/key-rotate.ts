import { allow } from '@flairgate/core';
import { type AdministrationContext, finishRotation, type RotatedKey, rotateKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration, type ProcessIo } from '../../command.js';
import { operator } from '../../context.js';
import { waitUntilIdle } from '../wait-until-idle.js';
import {
  isOneOwner,
  keyReference,
  keyReferenceOptions,
  keyReferenceShape,
  type NamedKey,
  oneOwner,
} from './key-reference.js';

const wholeSeconds = z
  .string()
  .regex(/^\d{1,9}$/, 'write whole seconds')
  .transform(Number);

/** Last uses are written down once a minute: after three of them an unused secret is unused. */
const DEFAULT_IDLE_SECONDS = 180;

const input = z
  .object({
    ...keyReferenceShape,
    overlapSeconds: wholeSeconds.optional(),
    waitIdle: z.boolean().default(false),
    idleSeconds: wholeSeconds.default(DEFAULT_IDLE_SECONDS),
    format: z.enum(['fg', 'uuid']).default('fg'),
  })
  .refine(isOneOwner, oneOwner);

export const keyRotate = administration({
  words: ['key', 'rotate'],
  help: 'Gives a key a new secret and shows it, once; the old one ends after the overlap.',
  options: [
    ...keyReferenceOptions,
    { flags: '--overlap-seconds <n>', help: 'how long the old secret goes on; 3600 unless given, 0 ends it at once' },
    { flags: '--wait-idle', help: 'waits, and ends the old secret as soon as nobody uses it any more' },
    { flags: '--idle-seconds <n>', help: `how long it must have been unused; ${DEFAULT_IDLE_SECONDS} unless given` },
    { flags: '--format <format>', help: 'the text of the key; fg unless given', choices: ['fg', 'uuid'] },
  ],
  input,
  async run(context, { overlapSeconds, waitIdle, idleSeconds, format, ...named }, io) {
    const { org, user, hash: keyId } = named;
    const rotated = await rotateKey(context, operator, {
      ...(org === undefined ? { uid: user ?? '' } : { oid: org }),
      keyId,
      format,
      ...(overlapSeconds === undefined ? {} : { overlapSeconds }),
    });
    if (!rotated.allowed) return rotated;
    const answer = answerOf(rotated.value);
    if (!waitIdle) return allow(answer);
    const after = () => finishWhenIdle(context, keyReference(named), idleSeconds * 1000, io);
    return allow({ ...answer, after });
  },
});

function answerOf({ text, keyId, name, oldEndsAt }: RotatedKey): Answer {
  const ends = new Date(oldEndsAt).toISOString();
  return {
    json: { key: text, key_hash: keyId, name, old_ends: Math.ceil(oldEndsAt / 1000) },
    lines: [
      `key ${name} (${keyId}):`,
      text,
      `Keep it now: it is shown once and stored nowhere. The old secret ends at ${ends}.`,
    ],
  };
}

async function finishWhenIdle(
  context: AdministrationContext,
  reference: NamedKey,
  idleMs: number,
  { note }: ProcessIo,
): Promise<void> {
  note('waiting until the old secret is unused; it may be stopped, then the overlap decides');
  if ((await waitUntilIdle(context, reference.keyId, idleMs)) === 'ended') {
    note('the old secret has ended');
    return;
  }
  const finished = await finishRotation(context, operator, reference);
  note(finished.allowed ? 'the old secret was unused and has ended' : finished.detail);
}
