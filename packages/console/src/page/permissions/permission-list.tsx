interface PermissionListProps {
  readonly names: readonly string[];
}

/**
 * Shows one or two permission names directly. For more permissions, shows only their number, and the user can expand
 * the list of names.
 */
export function PermissionList({ names }: PermissionListProps) {
  if (names.length === 0) return <span className="quiet">none</span>;
  if (names.length <= 2) return <Codes names={names} />;
  return (
    <details className="list">
      <summary>{names.length} permissions</summary>
      <Codes names={names} />
    </details>
  );
}

function Codes({ names }: PermissionListProps) {
  return (
    <span className="names">
      {names.map((name) => (
        <code key={name}>{name}</code>
      ))}
    </span>
  );
}
