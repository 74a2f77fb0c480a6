import { FlairgateClientError } from '@flairgate/client';
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { ErrorBoundary } from './error-boundary.tsx';

interface ProblemProps {
  readonly error: Error;
  /** Repeats the failed read. Absent if the error did not come from a read that can be repeated. */
  readonly onRetry?: () => void;
}

/** Shows an error: its message, the permissions that are missing, and what the user can do about it. */
export function Problem({ error, onRetry }: ProblemProps) {
  const told = error instanceof FlairgateClientError ? error : undefined;
  const missing = told?.missing ?? [];
  return (
    <div className="notice bad" role="alert">
      <p>{sentence(messageOf(error))}</p>
      {missing.length > 0 && (
        <p>
          {missing.length === 1 ? 'Missing permission: ' : 'Missing permissions: '}
          <Names names={missing} />
        </p>
      )}
      {told?.code === 'ERR_KEY_INVALID' && (
        <p>The key you signed in with is no longer valid. Sign out, then sign in with another one.</p>
      )}
      {told?.retryAfterSeconds !== undefined && <Countdown key={error.message} seconds={told.retryAfterSeconds} />}
      {told?.code === 'ERR_ETAG_MISMATCH' && <p>It was changed after you opened it. Close this and open it again.</p>}
      {told?.keyHash !== undefined && (
        <p>
          The key was created, but its secret did not arrive. To get a new secret, rotate the key{' '}
          <code>{told.keyHash}</code>.
        </p>
      )}
      {onRetry !== undefined && (
        <p>
          <button type="button" className="button small" onClick={onRetry}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}

/** Shows a countdown of the seconds until the service accepts the request again. */
function Countdown({ seconds }: { readonly seconds: number }) {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const end = Date.now() + seconds * 1000;
    const timer = setInterval(() => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000))), 500);
    return () => clearInterval(timer);
  }, [seconds]);
  return <p aria-live="off">{left === 0 ? 'You can try again now.' : `Try again in ${left} s.`}</p>;
}

/** Labels that the console shows for the field names in the service's validation errors. */
const LABELS: Readonly<Record<string, string>> = {
  allowed_ip_range: 'Address ranges',
  description: 'Description',
  email: 'E-mail address',
  expires: 'Expires',
  key_name: 'Name',
  name: 'Name',
  perms: 'Permissions',
};

/** Returns the error message, with field names replaced by the console's labels. */
function messageOf(error: Error): string {
  const issues = error instanceof FlairgateClientError ? error.issues : [];
  if (issues.length === 0) return error.message;
  const named = issues.map(({ field, message }) => {
    const label = Object.hasOwn(LABELS, field) ? LABELS[field] : undefined;
    return `${label ?? field}: ${message}`;
  });
  return named.join('; ');
}

function sentence(text: string): string {
  return text === '' ? 'Something went wrong' : text.charAt(0).toUpperCase() + text.slice(1);
}

/** Shows names in one line, each formatted as code. */
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
      <Slow>The service takes long to answer. Still waiting for it.</Slow>
      <i />
      <i />
      <i />
    </div>
  );
}

/** Milliseconds after which a request is treated as slow. */
const SLOW_MS = 2500;

/**
 * Shows the children after this component has been on the page for 2.5 seconds. The component is placed on the page
 * while a request is running, and the children tell the user that the request is slow.
 */
export function Slow({ children }: { readonly children: ReactNode }) {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return isSlow && <p className="quiet">{children}</p>;
}

export function Empty({ children }: { readonly children: ReactNode }) {
  return <p className="empty">{children}</p>;
}

interface LoadedProps<T> {
  readonly query: Pick<UseQueryResult<T>, 'data' | 'error' | 'refetch'>;
  readonly children: (data: T) => ReactNode;
}

/**
 * Shows the data of a query. If the query failed, shows the error. While there is neither data nor an error, shows that
 * the page is loading.
 */
export function Loaded<T>({ query, children }: LoadedProps<T>) {
  const retry = () => void query.refetch();
  if (query.data !== undefined) {
    return (
      <>
        {query.error !== null && <Problem error={query.error} onRetry={retry} />}
        <ErrorBoundary>
          <Shown data={query.data}>{children}</Shown>
        </ErrorBoundary>
      </>
    );
  }
  return query.error === null ? <Waiting /> : <Problem error={query.error} onRetry={retry} />;
}

/**
 * Renders the data as a component of its own. An error in rendering, for example because a response has an unexpected
 * structure, is then caught by the error boundary and does not break the page.
 */
function Shown<T>({ data, children }: { readonly data: T; readonly children: (data: T) => ReactNode }) {
  return children(data);
}
