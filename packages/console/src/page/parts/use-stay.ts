import { useLayoutEffect } from 'react';

/**
 * Prevents leaving the page while that would lose something. It undoes Back and every other change of the address, and
 * the browser asks before it reloads or closes the page. Returns a function that ends it.
 */
export function holdPage(): () => void {
  const here = window.location.href;
  // The address is put back before anything else looks at it: what reads it never sees another one.
  const stay = (event: Event) => {
    if (window.location.href === here) return;
    event.stopImmediatePropagation();
    window.history.pushState(null, '', here);
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
export function useStay(stays: boolean): void {
  useLayoutEffect(() => (stays ? holdPage() : undefined), [stays]);
}
