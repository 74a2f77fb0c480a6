import { useSyncExternalStore } from 'react';

/**
 * Shows a notice while the browser is offline. If a request could not be sent, the screen that sent it shows the error.
 * The request is never sent later.
 */
export function Offline() {
  const isOnline = useSyncExternalStore(subscribe, () => navigator.onLine);
  if (isOnline) return null;
  return (
    <p className="offline" role="status">
      You are offline. What you see may be old, and nothing can be changed.
    </p>
  );
}

function subscribe(changed: () => void): () => void {
  window.addEventListener('online', changed);
  window.addEventListener('offline', changed);
  return () => {
    window.removeEventListener('online', changed);
    window.removeEventListener('offline', changed);
  };
}
