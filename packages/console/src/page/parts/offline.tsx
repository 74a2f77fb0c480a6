import { useSyncExternalStore } from 'react';

/** Says that the browser is offline. What could not be sent is reported by its own screen and never sent later. */
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
