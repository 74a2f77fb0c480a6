import type { PolicyGrants } from '@flairgate/client';
import { isGranted, OBJECT_ACTIONS, withGrant } from './grants.ts';

interface PolicyMatrixProps {
  readonly gid: string;
  readonly name: string;
  readonly types: readonly string[];
  readonly grants: PolicyGrants;
  readonly onChange: (grants: PolicyGrants) => void;
}

/** Shows a table of one group's grants: a row for each object type, a column for each action. */
export function PolicyMatrix({ gid, name, types, grants, onChange }: PolicyMatrixProps) {
  return (
    <table className="matrix">
      <caption>{name}</caption>
      <thead>
        <tr>
          <th scope="col">Object type</th>
          {OBJECT_ACTIONS.map((action) => (
            <th key={action} scope="col">
              {action}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {types.map((type) => (
          <tr key={type}>
            <th scope="row">{type}</th>
            {OBJECT_ACTIONS.map((action) => (
              <td key={action}>
                <label className="cell">
                  <span className="visually-hidden">
                    {name} may {action} {type}
                  </span>
                  <input
                    type="checkbox"
                    checked={isGranted(grants, gid, type, action)}
                    onChange={(event) => onChange(withGrant(grants, [gid, type, action], event.target.checked))}
                  />
                </label>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
