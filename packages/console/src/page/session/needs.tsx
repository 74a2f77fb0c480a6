import type { ReactNode } from 'react';
import { Names } from '../parts/problem.tsx';
import { usePlace } from './place.tsx';

interface NeedsProps {
  readonly permission: string;
  /** Words that complete the sentence "NAME cannot ... in this organization", such as `create keys`. */
  readonly to: string;
  /**
   * Name of the objects in the list, such as `ingestion keys`. It is used in the notice to callers with the flair
   * `segment`, from whom some of these objects are hidden. If absent, there is no notice.
   */
  readonly hides?: string;
  readonly children: ReactNode;
}

/**
 * Shows the children to callers who have the permission. Shows other callers the name of the missing permission. A
 * caller with the flair `segment` sees only objects that it created, and is told that the list may be incomplete.
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

/**
 * Shows the notice that the caller's flair `segment` hides objects. Shows nothing if the caller does not have the
 * flair.
 */
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

/** Shows the children if the caller signed in as a user. Asks any other caller to sign in as a user. */
export function NeedsUser({ to, children }: { readonly to: string; readonly children: ReactNode }) {
  const { person } = usePlace();
  if (person !== undefined) return children;
  return (
    <div className="notice">
      <p>Only a user can {to}. Sign in as a user.</p>
    </div>
  );
}
