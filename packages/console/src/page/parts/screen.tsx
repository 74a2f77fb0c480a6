import { useIsFetching, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';

interface ScreenProps {
  readonly title: string;
  readonly about: ReactNode;
  /** Main action of the screen. */
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

/** A page of the console: its name, what it is for, and what can be done. */
export function Screen({ title, about, action, children }: ScreenProps) {
  return (
    <>
      <header className="screen-head">
        <div>
          <h1>{title}</h1>
          <p className="quiet">{about}</p>
        </div>
        <div className="screen-actions">
          <Refresh />
          {action}
        </div>
      </header>
      {children}
    </>
  );
}

/** Reads again everything that the screen shows. */
function Refresh() {
  const queries = useQueryClient();
  const isReading = useIsFetching() > 0;
  return (
    <button
      type="button"
      className="button"
      aria-busy={isReading}
      onClick={() => void queries.invalidateQueries({ type: 'active' })}
    >
      Refresh
    </button>
  );
}
