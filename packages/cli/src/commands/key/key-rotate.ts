import { allow } from '@flairgate/core';
import { type AdministrationContext, finishRotation, type RotatedKey, rotateKey } from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration, type ProcessIo } from '../../command.js';
import { operator } from '../../context.js';
import { assertAbsent, neededOrganization } from '../../remote/remote-options.js';
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
  .regex(/^\d{1,9}$/, 'must be an integer of seconds from 0')
  .transform(Number);

/**
 * Default for `--idle-seconds`. Processes write the time of the last use once a minute. If this time has not changed
 * for three minutes, the secret is treated as no longer in use.
 */
const DEFAULT_IDLE_SECONDS = 180;

const keyRotateInput = z
  .strictObject({
    ...keyReferenceShape,
    overlapSeconds: wholeSeconds.optional(),
    waitIdle: z.boolean().default(false),
    idleSeconds: wholeSeconds.optional(),
    format: z.enum(['fg', 'uuid']).optional(),
  })
  .refine(isOneOwner, oneOwner)
  .refine(({ waitIdle, idleSeconds }) => waitIdle || idleSeconds === undefined, {
    message: '--idle-seconds needs --wait-idle',
  });

export const keyRotate = administration({
  words: ['key', 'rotate'],
  help: 'Create a new secret for a key and show it once; the old one expires after the overlap.',
  options: [
    ...keyReferenceOptions,
    { flags: '--overlap-seconds <n>', help: 'seconds until the old secret expires (default: 3600); 0 revokes it now' },
    { flags: '--wait-idle', help: 'wait, and revoke the old secret as soon as it is unused' },
    {
      flags: '--idle-seconds <n>',
      help: `seconds without use that count as unused (default: ${DEFAULT_IDLE_SECONDS})`,
    },
    { flags: '--format <format>', help: 'format of the key (default: fg)', choices: ['fg', 'uuid'] },
  ],
  input: keyRotateInput,
  async run(context, { overlapSeconds, waitIdle, idleSeconds = DEFAULT_IDLE_SECONDS, format = 'fg', ...named }, io) {
    const { org, user, hash: keyId } = named;
    const rotated = await rotateKey(context, operator, {
      ...(org === undefined ? { uid: user ?? '' } : { oid: org }),
      keyId,
      format,
      ...(overlapSeconds === undefined ? {} : { overlapSeconds }),
    });
    if (!rotated.allowed) return rotated;
    const answer = rotatedToAnswer(rotated.value);
    if (!waitIdle) return allow(answer);
    const after = () => finishWhenIdle(context, keyReference(named), idleSeconds * 1000, io);
    return allow({ ...answer, after });
  },
  async remote(client, { overlapSeconds, ...rest }) {
    assertAbsent(rest, ['user', 'waitIdle', 'idleSeconds', 'format']);
    const oid = neededOrganization(rest.org);
    const seconds = overlapSeconds === undefined ? {} : { overlapSeconds };
    const rotated = await client.organizationKeys.rotate(oid, rest.hash, seconds);
    const { api_key: text, key_hash: keyId, old_ends: ends } = rotated;
    return rotatedToAnswer({ text, keyId, oldEndsAt: ends * 1000 });
  },
});

type ShownRotation = Omit<RotatedKey, 'name'> & Partial<Pick<RotatedKey, 'name'>>;

function rotatedToAnswer({ text, keyId, name, oldEndsAt }: ShownRotation): Answer {
  const ends = new Date(oldEndsAt).toISOString();
  return {
    json: { key: text, key_hash: keyId, ...(name !== undefined && { name }), old_ends: Math.ceil(oldEndsAt / 1000) },
    lines: [
      name === undefined ? `key ${keyId}:` : `key ${name} (${keyId}):`,
      text,
      `Copy it now: it is shown once and stored nowhere. The old secret expires at ${ends}.`,
    ],
  };
}

async function finishWhenIdle(
  context: AdministrationContext,
  reference: NamedKey,
  idleMs: number,
  { note }: ProcessIo,
): Promise<void> {
  note('waiting until the old secret is unused; if this is stopped, the old secret expires after the overlap');
  if ((await waitUntilIdle(context, reference.keyId, idleMs)) === 'ended') {
    note('the old secret has expired');
    return;
  }
  const finished = await finishRotation(context, operator, reference);
  note(finished.allowed ? 'the old secret was unused and is revoked' : finished.detail);
}
