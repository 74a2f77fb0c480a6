import { eachPage, entriesOf } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Send } from './send.js';
import type { InvitationEntry, SuccessAnswer } from './wire.js';

/** Calls about what organizations offer the calling user. All need a user's credential. */
export function invitations(send: Send, renewToken: () => void) {
  return Object.freeze({
    /** Lists the open offers; each page is requested when it is needed. */
    list: (options?: CallOptions) =>
      entriesOf(
        eachPage<{ readonly invitations: readonly InvitationEntry[] }>(
          send,
          { method: 'GET', path: '/v1/user/invitations' },
          options,
        ),
        (page) => page.invitations,
      ),
    /** Accepts everything an organization offers. The next call carries a token that is valid for it. */
    async accept(oid: string, options?: CallOptions): Promise<SuccessAnswer> {
      const request = { method: 'POST', path: path`/v1/user/invitations/${oid}` } as const;
      const answer = await send<SuccessAnswer>(request, options);
      renewToken();
      return answer;
    },
    /** Declines what an organization offers, or leaves an organization that was accepted. Its last owner stays. */
    decline: (oid: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'DELETE', path: path`/v1/user/invitations/${oid}` }, options),
  });
}
