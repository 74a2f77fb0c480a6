import { useLayoutEffect, useRef } from 'react';

/**
 * Prevents leaving the page while that would lose something. It undoes Back and every other change of the address, and
 * the browser asks before it reloads or closes the page. Returns a function that ends it. `onStay` is told the address
 * that was undone.
 */
export function holdPage(onStay?: (wanted: string) => void): () => void {
  const here = window.location.href;
  // The address is put back before anything else looks at it: what reads it never sees another one.
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

/** Holds the page while `stays` is true. */
export function useStay(stays: boolean, onStay?: (wanted: string) => void): void {
  const told = useRef(onStay);
  useLayoutEffect(() => {
    told.current = onStay;
  });
  useLayoutEffect(() => (stays ? holdPage((wanted) => told.current?.(wanted)) : undefined), [stays]);
}
