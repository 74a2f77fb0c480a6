import { eachPage, entriesOf } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Send } from './send.js';
import type { InvitationEntry, SuccessAnswer } from './wire.js';

/**
 * Creates the calls for invitations. An invitation is an offer of a membership or of permissions from an organization
 * to the calling user. All calls need a user's credential.
 */
export function invitations(send: Send, renewToken: () => void) {
  return Object.freeze({
    /** Yields the open offers to the calling user. Each page is requested when it is needed. */
    list: (options?: CallOptions) =>
      entriesOf(
        eachPage<{ readonly invitations: readonly InvitationEntry[] }>(
          send,
          { method: 'GET', path: '/v1/user/invitations' },
          options,
        ),
        (page) => page.invitations,
      ),
    /** Accepts all offers from an organization. The next call carries a token that is valid in this organization. */
    async accept(oid: string, options?: CallOptions): Promise<SuccessAnswer> {
      const request = { method: 'POST', path: path`/v1/user/invitations/${oid}` } as const;
      const answer = await send<SuccessAnswer>(request, options);
      renewToken();
      return answer;
    },
    /**
     * Declines all offers of an organization to the calling user. If the user is already a member, leaves the
     * organization. The last owner cannot leave.
     */
    decline: (oid: string, options?: CallOptions) =>
      send<SuccessAnswer>({ method: 'DELETE', path: path`/v1/user/invitations/${oid}` }, options),
  });
}
