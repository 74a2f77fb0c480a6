import { useIsFetching, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';

interface ScreenProps {
  readonly title: string;
  /** Heading to show instead of `title`. The title of the browser tab stays `title`. */
  readonly heading?: ReactNode;
  readonly about: ReactNode;
  /** Button or link for the main action of the screen. */
  readonly action?: ReactNode;
  /** Link to the parent page, shown above the heading. */
  readonly back?: { readonly address: string; readonly label: string };
  readonly children: ReactNode;
}

/** Shows a screen of the console: its title, its purpose, its main action and its content. */
export function Screen({ title, heading = title, about, action, back, children }: ScreenProps) {
  useEffect(() => {
    document.title = `${title} - Flairgate console`;
  }, [title]);
  return (
    <>
      <header className="screen-head">
        <div>
          {back !== undefined && (
            <a className="back" href={back.address}>
              {back.label}
            </a>
          )}
          <h1>{heading}</h1>
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

/** Shows the button that reloads all data of the screen. */
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
