import type { ReactNode } from 'react';
import { Names } from '../parts/problem.tsx';
import { usePlace } from './place.tsx';

interface NeedsProps {
  readonly permission: string;
  /** Completes the sentence "needed to …". */
  readonly to: string;
  /**
   * Name of the objects that the flair `segment` hides, such as `ingestion keys`, for the notice to callers with that
   * flair.
   */
  readonly hides?: string;
  readonly children: ReactNode;
}

/**
 * Shows the children to callers who have the permission, and names the missing permission to others. Tells callers with
 * the flair `segment`, who see only what they created, that the list is incomplete.
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

/** Shows a notice about objects that the caller's flair `segment` hides. Shows nothing without the flair. */
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

/** Shows the main action of a screen to callers who have the permission for it. */
export function NeedsToAct({ permission, children }: NeedsToActProps) {
  return usePlace().permissions.has(permission) ? children : null;
}

/** Shows the children to users, and asks other callers to sign in with a user's key. */
export function NeedsUser({ to, children }: { readonly to: string; readonly children: ReactNode }) {
  const { person } = usePlace();
  if (person !== undefined) return children;
  return (
    <div className="notice">
      <p>Only a user can {to}. Sign in as a user.</p>
    </div>
  );
}
