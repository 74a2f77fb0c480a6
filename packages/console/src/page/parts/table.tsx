import type { ReactNode } from 'react';

interface TableProps {
  readonly columns: readonly string[];
  /** True if the last column contains buttons. The column's heading is then visible only to screen readers. */
  readonly hasActions?: boolean;
  /**
   * The rows. On a narrow page each row becomes a card, so every cell must contain its column's name in `data-label`.
   */
  readonly children: ReactNode;
}

/** Shows a table with column headings. */
export function Table({ columns, hasActions = false, children }: TableProps) {
  return (
    <div className="table-box">
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
            {hasActions && (
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
