import { areasOf } from './areas.ts';

/** Shows permissions grouped by area (the first word of a name). Within an area, the first word is not repeated. */
export function PermissionAreas({ names }: { readonly names: readonly string[] }) {
  const areas = areasOf(names.map((name) => ({ name })));
  if (areas.length === 0) return <p className="quiet">none</p>;
  return (
    <dl className="held">
      {areas.map(({ name: area, entries }) => (
        <div key={area}>
          <dt>{area}</dt>
          <dd className="names">
            {entries.map(({ name }) => (
              <code key={name} title={name}>
                {name === area ? name : name.slice(area.length + 1)}
              </code>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}
