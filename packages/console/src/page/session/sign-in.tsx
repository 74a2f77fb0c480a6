import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Mark } from '../parts/mark.tsx';
import { Problem } from '../parts/problem.tsx';
import { TextField } from '../parts/text-field.tsx';
import { type SignInOffer, START_PAGE } from './console-session.ts';
import { createSession, type Session, type SignedIn } from './session.ts';

type Kind = Exclude<SignedIn['kind'], 'session'>;

const SIGN_IN_KINDS: Readonly<Record<Kind, { readonly label: string; readonly id: string; readonly hint: string }>> = {
  'user-key': { label: "A user's key", id: 'User id', hint: 'Acts as you, in every organization you belong to' },
  'organization-key': { label: 'An organization key', id: 'Organization id', hint: 'Acts in that organization alone' },
};

interface SignInProps {
  readonly offer: SignInOffer;
  readonly onSignIn: (session: Session) => void;
}

/** Shows the ways to sign in that the service offers. */
export function SignIn({ offer: { key, oidc }, onSignIn }: SignInProps) {
  return (
    <main className="alone">
      <div className="card sign-in">
        <header>
          <Mark />
          <h1>Flairgate console</h1>
          <p className="quiet">Manage keys, users, groups and policies.</p>
        </header>
        {oidc !== undefined && (
          <>
            <a className="button primary wide" href={START_PAGE}>
              Sign in with {oidc.label}
            </a>
            <p className="quiet fine">Your session ends when you sign out, or after eight hours.</p>
          </>
        )}
        {key && <KeySignIn onSignIn={onSignIn} />}
      </div>
    </main>
  );
}

/** Shows the form for signing in with a key. If the service refuses the key, shows the service's error. */
function KeySignIn({ onSignIn }: Pick<SignInProps, 'onSignIn'>) {
  const [kind, setKind] = useState<Kind>('user-key');
  const [id, setId] = useState('');
  const [key, setKey] = useState('');
  const signIn = useMutation({
    async mutationFn(signedIn: Extract<SignedIn, { readonly kind: Kind }>) {
      const session = createSession(signedIn);
      await session.client(signedIn.kind === 'user-key' ? '-' : signedIn.oid).token();
      return session;
    },
    onSuccess: onSignIn,
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    const named = id.trim();
    const given = key.trim();
    signIn.mutate(kind === 'user-key' ? { kind, uid: named, key: given } : { kind, oid: named, key: given });
  }

  return (
    <form className="form" onSubmit={submit}>
      <fieldset className="choices">
        <legend>Sign in with</legend>
        {Object.entries(SIGN_IN_KINDS).map(([value, { label, hint }]) => (
          <label key={value} className="choice">
            <input
              type="radio"
              name="kind"
              value={value}
              checked={kind === value}
              onChange={() => setKind(value === 'user-key' ? 'user-key' : 'organization-key')}
            />
            <span>
              {label}
              <small>{hint}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <TextField label={SIGN_IN_KINDS[kind].id} value={id} onChange={setId} required mono />
      <TextField label="Key" value={key} onChange={setKey} type="password" required mono />
      {signIn.error !== null && <Problem error={signIn.error} />}
      <button type="submit" className="button primary wide" disabled={signIn.isPending}>
        {signIn.isPending ? 'Signing in' : 'Sign in'}
      </button>
      <p className="quiet fine">
        The key stays in this page's memory. It is exchanged for a short-lived token, and both are gone when you sign
        out, reload or close the page.
      </p>
    </form>
  );
}
