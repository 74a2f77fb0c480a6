import type { ReactNode } from 'react';
import { Names } from '../parts/problem.tsx';
import { usePlace } from './place.tsx';

interface NeedsProps {
  readonly permission: string;
  /** Completes: needed to ... */
  readonly to: string;
  readonly children: ReactNode;
}

/** Shows its children to callers with the permission, and the missing permission to others. */
export function Needs({ permission, to, children }: NeedsProps) {
  const { permissions, ident } = usePlace();
  if (permissions.has(permission)) return children;
  return (
    <div className="notice">
      <p>
        <code>{ident}</code>cannot {to} in this organization.
      </p>
      <p>
        Missing permission: <Names names={[permission]} />
      </p>
    </div>
  );
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
