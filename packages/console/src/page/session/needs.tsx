import type { ReactNode } from 'react';
import { Names } from '../parts/problem.tsx';
import { usePlace } from './place.tsx';

interface NeedsProps {
  readonly permission: string;
  /** Completes: needed to ... */
  readonly to: string;
  readonly children: ReactNode;
}

/** Shows what is inside to those who may see it, and tells the others what they lack. */
export function Needs({ permission, to, children }: NeedsProps) {
  const { permissions, ident } = usePlace();
  if (permissions.has(permission)) return children;
  return (
    <div className="notice">
      <p>
        <code>{ident}</code> may not {to} here.
      </p>
      <p>
        Missing permission: <Names names={[permission]} />
      </p>
    </div>
  );
}

/** Shows what is inside to users, and tells the others that it takes one. */
export function NeedsUser({ to, children }: { readonly to: string; readonly children: ReactNode }) {
  const { person } = usePlace();
  if (person !== undefined) return children;
  return (
    <div className="notice">
      <p>Only a user can {to}. Sign in with a user's key.</p>
    </div>
  );
}
