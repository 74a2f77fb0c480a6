import { allow } from '@flairgate/core';
import { revokeTokens } from '@flairgate/core/administration';
import { z } from 'zod';
import { administration } from '../../command.js';
import { operator } from '../../context.js';

export const orgEndTokens = administration({
  words: ['org', 'end-tokens'],
  help: 'Ends every token that is good for an organization, now. Keys stay, and can be exchanged again.',
  options: [{ flags: '--org <oid>', help: 'the organization', required: true }],
  input: z.object({ org: z.string() }),
  async run(context, { org: oid }) {
    const ended = await revokeTokens(context, operator, { oid });
    return ended.allowed ? allow({ json: { oid, ended: true }, lines: [`every token for ${oid} has ended`] }) : ended;
  },
});
