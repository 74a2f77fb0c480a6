import { allow, OptionError } from '@flairgate/core';
import { putSettings, type StoredSettings } from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration } from '../../command.js';
import { operator } from '../../context.js';

export const settingList = administration({
  words: ['setting', 'list'],
  help: 'List the settings that all processes on the database share.',
  options: [],
  input: z.strictObject({}),
  async run({ store }) {
    const read = (name: string) => store.read((tx) => tx.get('setting', { name }));
    const [issuer, audience] = await Promise.all([read('issuer'), read('audience')]);
    return allow(settingsAnswer({ issuer: issuer?.value, audience: audience?.value }, []));
  },
});

export const settingPut = administration({
  words: ['setting', 'put'],
  help: 'Change the issuer or the audience of tokens. Restart every process afterwards.',
  options: [
    { flags: '--issuer <url>', help: 'the new issuer: iss of tokens, and the base of published addresses' },
    { flags: '--audience <text>', help: 'the new audience: aud of tokens' },
  ],
  input: z.strictObject({ issuer: z.string().optional(), audience: z.string().optional() }),
  async run(context, { issuer, audience }) {
    if (issuer === undefined && audience === undefined) {
      throw new OptionError('--issuer or --audience: must be given');
    }
    const stored = await putSettings(context, operator, { issuer, audience });
    if (!stored.allowed) return stored;
    return allow(
      settingsAnswer(stored.value, [
        'Restart every process of the database. Its variables and configuration must have the new value, or none.',
        'Keys stay valid. Clients must exchange them again, because tokens with the old value are refused.',
      ]),
    );
  },
});

function settingsAnswer({ issuer, audience }: StoredSettings, lines: readonly string[]): Answer {
  return {
    json: { issuer: issuer ?? null, audience: audience ?? null },
    lines,
    table: {
      columns: ['SETTING', 'VALUE'],
      rows: [
        ['issuer', issuer ?? '-'],
        ['audience', audience ?? '-'],
      ],
      empty: 'no settings',
    },
  };
}
