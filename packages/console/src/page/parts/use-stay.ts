import { useLayoutEffect, useRef } from 'react';

/**
 * Prevents the user from leaving the page, because leaving would lose data. Undoes Back and every other change of the
 * URL's hash, and calls `onStay` with each URL that was undone. The browser also asks before it reloads or closes the
 * page. Returns a function that lets the user leave again.
 */
export function holdPage(onStay?: (wanted: string) => void): () => void {
  const here = window.location.href;
  // Restores the URL before other listeners run, so that they never read the changed URL.
  const stay = (event: Event) => {
    const wanted = window.location.href;
    if (wanted === here) return;
    event.stopImmediatePropagation();
    window.history.pushState(null, '', here);
    onStay?.(wanted);
  };
  const ask = (event: BeforeUnloadEvent) => event.preventDefault();
  window.addEventListener('popstate', stay, { capture: true });
  window.addEventListener('hashchange', stay, { capture: true });
  window.addEventListener('beforeunload', ask);
  return () => {
    window.removeEventListener('popstate', stay, { capture: true });
    window.removeEventListener('hashchange', stay, { capture: true });
    window.removeEventListener('beforeunload', ask);
  };
}

/** Prevents the user from leaving the page while `stays` is true. */
export function useStay(stays: boolean, onStay?: (wanted: string) => void): void {
  const told = useRef(onStay);
  useLayoutEffect(() => {
    told.current = onStay;
  });
  useLayoutEffect(() => (stays ? holdPage((wanted) => told.current?.(wanted)) : undefined), [stays]);
}
