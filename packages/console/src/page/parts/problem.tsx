import { FlairgateClientError } from '@flairgate/client';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

/** Shows the error of the service and the missing permissions. */
export function Problem({ error }: { readonly error: Error }) {
  const told = error instanceof FlairgateClientError ? error : undefined;
  const missing = told?.missing ?? [];
  return (
    <div className="notice bad" role="alert">
      <p>{sentence(error.message)}</p>
      {missing.length > 0 && (
        <p>
          {missing.length === 1 ? 'Missing permission: ' : 'Missing permissions: '}
          <Names names={missing} />
        </p>
      )}
      {told?.retryAfterSeconds !== undefined && <p>Try again in {told.retryAfterSeconds} s.</p>}
      {told?.code === 'ERR_ETAG_MISMATCH' && <p>It was changed after you opened it. Close this and open it again.</p>}
      {told?.keyHash !== undefined && (
        <p>
          The key was created, but its secret did not arrive. To get a new secret, rotate the key{' '}
          <code>{told.keyHash}</code>.
        </p>
      )}
    </div>
  );
}

function sentence(text: string): string {
  return text === '' ? 'Something went wrong' : text.charAt(0).toUpperCase() + text.slice(1);
}

/** Shows names in one line, each as code. */
export function Names({ names }: { readonly names: readonly string[] }) {
  return (
    <span className="names">
      {names.map((name) => (
        <code key={name}>{name}</code>
      ))}
    </span>
  );
}

export function Waiting() {
  return (
    <div className="waiting" role="status">
      <span className="visually-hidden">Loading</span>
      <i />
      <i />
      <i />
    </div>
  );
}

export function Empty({ children }: { readonly children: ReactNode }) {
  return <p className="empty">{children}</p>;
}

interface LoadedProps<T> {
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
}

/** Shows the data of a query, or its error. */
export function Loaded<T>({ query, children }: LoadedProps<T>) {
  if (query.data !== undefined) {
    return (
      <>
        {query.error !== null && <Problem error={query.error} />}
        {children(query.data)}
      </>
    );
  }
  return query.error === null ? <Waiting /> : <Problem error={query.error} />;
}
