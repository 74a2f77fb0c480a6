import { allow } from '@flairgate/core';
import { revokeTokens } from '@flairgate/core/administration';
import { z } from 'zod';
import { type Answer, administration } from '../../command.js';
import { operator } from '../../context.js';

export const orgEndTokens = administration({
  words: ['org', 'end-tokens'],
  help: 'Revoke every token of an organization. Keys stay valid and can be exchanged again.',
  options: [{ flags: '--org <org>', help: 'organization: its id, or its name if only one has it', required: true }],
  input: z.strictObject({ org: z.string() }),
  async run(context, { org: oid }) {
    const ended = await revokeTokens(context, operator, { oid });
    return ended.allowed ? allow(revokedTokensAnswer(oid)) : ended;
  },
  async remote(client, { org: oid }) {
    await client.organizations.revokeTokens(oid);
    return revokedTokensAnswer(oid);
  },
});

function revokedTokensAnswer(oid: string): Answer {
  return { json: { oid, ended: true }, lines: [`every token for ${oid} is revoked`] };
}
