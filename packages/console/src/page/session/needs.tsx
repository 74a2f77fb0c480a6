import type { ReactNode } from 'react';
import { Names } from '../parts/problem.tsx';
import { usePlace } from './place.tsx';

interface NeedsProps {
  readonly permission: string;
  /** Completes: needed to ... */
  readonly to: string;
  /** Subject of the notice to a caller with `segment`: only the ... that it created are shown. */
  readonly hides?: string;
  readonly children: ReactNode;
}

/**
 * Shows its children to callers with the permission, and the missing permission to others. Tells a caller with the
 * flair `segment` that the list is not the whole one.
 */
export function Needs({ permission, to, hides, children }: NeedsProps) {
  const { permissions, ident } = usePlace();
  if (permissions.has(permission)) {
    return (
      <>
        {hides !== undefined && <Segment hides={hides} />}
        {children}
      </>
    );
  }
  return (
    <div className="notice">
      <p>
        <code>{ident}</code> cannot {to} in this organization.
      </p>
      <p>
        Missing permission: <Names names={[permission]} />
      </p>
    </div>
  );
}

/** Says what the flair `segment` of the caller hides. Empty without the flair. */
function Segment({ hides }: { readonly hides: string }) {
  const { isSegmented } = usePlace();
  if (!isSegmented) return null;
  return (
    <p className="notice">
      You act with a key that has the flair [segment]: it hides {hides} that this key did not create. There can be more.
    </p>
  );
}

interface NeedsToActProps {
  readonly permission: string;
  readonly children: ReactNode;
}

/** Shows the main action of a screen to callers that may do it. */
export function NeedsToAct({ permission, children }: NeedsToActProps) {
  return usePlace().permissions.has(permission) ? children : null;
}

/** Shows its children to users, and asks other callers to sign in with a user's key. */
export function NeedsUser({ to, children }: { readonly to: string; readonly children: ReactNode }) {
  const { person } = usePlace();
  if (person !== undefined) return children;
  return (
    <div className="notice">
      <p>Only a user can {to}. Sign in with a user's key.</p>
    </div>
  );
}
