interface PagesProps {
  readonly offset: number;
  /** Number of entries per page. */
  readonly size: number;
  readonly total: number;
  readonly onTurn: (offset: number) => void;
}

/** Shows the page navigation of a list. */
export function Pages({ offset, size, total, onTurn }: PagesProps) {
  return (
    <nav className="pages" aria-label="Pages">
      <button type="button" className="button" disabled={offset === 0} onClick={() => onTurn(offset - size)}>
        Previous
      </button>
      <span className="quiet">
        {offset + 1} to {Math.min(offset + size, total)} of {total}
      </span>
      <button type="button" className="button" disabled={offset + size >= total} onClick={() => onTurn(offset + size)}>
        Next
      </button>
    </nav>
  );
}
