import {
  addGroupMember,
  addGroupOrganization,
  createApiUser,
  createGroup,
  deactivateUser,
  deleteGroup,
  deleteOrganization,
  deletePolicy,
  deleteUser,
  nestGroup,
  putPolicy,
  removeGroupMember,
  removeGroupOrganization,
  removeUser,
  replaceApiUserKey,
  revokeKey,
  revokePermissions,
  revokeTokens,
  rotateKey,
  setGroupPermissions,
  setKeyState,
  setRole,
  unnestGroup,
} from '@flairgate/core/administration';
import { byKey, byToken, done, type Issuer, OPERATOR } from '../../flow/services-fixture.ts';

/** Credentials that all gateways accept, and the change that ends that. */
export interface Ending {
  readonly headers: readonly Readonly<Record<string, string>>[];
  /** The permission that the change takes, or everything. */
  readonly permission: string;
  end(): Promise<unknown>;
}

/** Makes something that can be ended, with names that contain `name`. */
type Make = (control: Issuer, name: string) => Promise<Ending>;

const READ = 'dr.list';
const both = (key: string, token: string) => [byKey(key), byToken(token)];

/** The 18 kinds of change that take something from a caller. */
export const endings: Readonly<Record<string, Make>> = {
  'key revoked': ofKey((control, key) => revokeKey(control, OPERATOR, key)),
  'key disabled': ofKey((control, key) => setKeyState(control, OPERATOR, key, 'disabled')),
  'key rotated, no overlap': ofKey((control, key) => rotateKey(control, OPERATOR, { ...key, overlapSeconds: 0 })),
  'tokens revoked': async (control, name) => {
    const oid = await control.organization(name);
    const { text } = await control.key(oid, 'key', [READ]);
    const token = await control.token({ oid, secret: text });
    return {
      headers: [byToken(token)],
      permission: READ,
      end: () => done(revokeTokens(hand(control), OPERATOR, { oid })),
    };
  },
  'organization deleted': ofKey((control, { oid }) => deleteOrganization(control, OPERATOR, { oid })),
  'permission taken': ofMember((control, member) =>
    revokePermissions(control, OPERATOR, { ...member, permissions: [READ] }),
  ),
  'role changed': ofMember((control, member) => setRole(control, OPERATOR, { ...member, role: 'Basic' }), 'user.ctrl'),
  'member removed': ofMember((control, member) => removeUser(control, OPERATOR, member)),
  'user deactivated': ofMember((control, { uid }) => deactivateUser(control, OPERATOR, { uid })),
  'user deleted': ofMember((control, { uid }) => deleteUser(control, OPERATOR, { uid })),
  'group permissions set': ofGroup((control, { gid }) =>
    setGroupPermissions(control, OPERATOR, { gid, permissions: ['org.get'] }),
  ),
  'member removed from group': ofGroup((control, { gid, email }) =>
    removeGroupMember(control, OPERATOR, { gid, email }),
  ),
  'organization removed from group': ofGroup((control, { gid, oid }) =>
    removeGroupOrganization(control, OPERATOR, { gid, oid }),
  ),
  'group deleted': ofGroup((control, { gid }) => deleteGroup(control, OPERATOR, { gid })),
  'group removed from group': ofGroup(
    (control, { gid, inner }) => unnestGroup(control, OPERATOR, { gid, child: inner }),
    true,
  ),
  'policy replaced': ofApiUser((control, { oid, name }) => putPolicy(control, OPERATOR, { oid, name, grants: {} })),
  'policy deleted': ofApiUser((control, { oid, name }) => deletePolicy(control, OPERATOR, { oid, name })),
  'key of API user replaced': ofApiUser((control, { oid, uid }) => replaceApiUserKey(control, OPERATOR, { oid, uid })),
};

type Hand = Issuer['service']['context']['administration'];
type Change = Parameters<typeof done>[0];

function hand({ service }: Issuer): Hand {
  return service.context.administration;
}

function ofKey(end: (control: Hand, key: { readonly oid: string; readonly keyId: string }) => Change): Make {
  return async (control, name) => {
    const oid = await control.organization(name);
    const { text, keyId } = await control.key(oid, 'key', [READ]);
    const token = await control.token({ oid, secret: text });
    return { headers: both(text, token), permission: READ, end: () => done(end(hand(control), { oid, keyId })) };
  };
}

interface Person {
  readonly uid: string;
  readonly email: string;
  readonly oid: string;
}

function ofMember(end: (control: Hand, member: Person) => Change, permission = READ): Make {
  return async (control, name) => {
    const email = `${name}@acme.example`;
    const oid = await control.organization(name);
    const { uid, text } = await control.user(email, [oid], [permission]);
    const token = await control.token({ uid, secret: text });
    return { headers: both(text, token), permission, end: () => done(end(hand(control), { uid, email, oid })) };
  };
}

type GroupFixture = Person & { readonly gid: string; readonly inner: string };

/** A user in a group that gives the permission, or in one inside it. */
function ofGroup(end: (control: Hand, place: GroupFixture) => Change, isNested = false): Make {
  return async (control, name) => {
    const email = `${name}@acme.example`;
    const oid = await control.organization(name);
    const { uid, text } = await control.user(email, [oid], []);
    const administration = hand(control);
    const { gid } = await done(createGroup(administration, OPERATOR, { name }));
    const { gid: inner } = await done(createGroup(administration, OPERATOR, { name: `${name}-inner` }));
    await done(setGroupPermissions(administration, OPERATOR, { gid, permissions: [READ] }));
    await done(addGroupOrganization(administration, OPERATOR, { gid, oid }));
    if (isNested) await done(nestGroup(administration, OPERATOR, { gid, child: inner }));
    await done(addGroupMember(administration, OPERATOR, { gid: isNested ? inner : gid, email }));
    const token = await control.token({ uid, secret: text });
    const place = { uid, email, oid, gid, inner };
    return { headers: both(text, token), permission: READ, end: () => done(end(administration, place)) };
  };
}

/** An API user in a group to which a policy gives the permission. */
function ofApiUser(
  end: (control: Hand, user: { readonly oid: string; readonly uid: string; readonly name: string }) => Change,
): Make {
  return async (control, name) => {
    const administration = hand(control);
    const oid = await control.organization(name);
    const { uid, email } = await done(createApiUser(administration, OPERATOR, { oid, name: 'sync' }));
    const { text } = await done(replaceApiUserKey(administration, OPERATOR, { oid, uid }));
    const { gid } = await done(createGroup(administration, OPERATOR, { name }));
    await done(addGroupOrganization(administration, OPERATOR, { gid, oid }));
    await done(addGroupMember(administration, OPERATOR, { gid, email }));
    await done(putPolicy(administration, OPERATOR, { oid, name, grants: { [gid]: { deal: ['read'] } } }));
    const token = await control.token({ uid, secret: text });
    const user = { oid, uid, name };
    return { headers: both(text, token), permission: 'deal.read', end: () => done(end(administration, user)) };
  };
}
