import { Field } from '@base-ui/react/field';
import { useId, useState } from 'react';
import { ExactTime, Time } from '../parts/time.tsx';
import { PermissionList } from '../permissions/permission-list.tsx';
import { type DescribedToken, describeToken, type TokenRights } from './described-token.ts';

/** Shows the contents of a token that the user pastes. The token is decoded in the page and not sent anywhere. */
export function TokenInspector() {
  const [text, setText] = useState('');
  const hint = useId();
  const token = text.trim() === '' ? undefined : describeToken(text);
  return (
    <>
      <Field.Root className="field">
        <Field.Label className="label">Token</Field.Label>
        <Field.Control
          className="input mono"
          value={text}
          onValueChange={(typed) => setText(String(typed))}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          aria-describedby={hint}
          render={<textarea rows={4} />}
        />
        <p id={hint} className="hint">
          The token is decoded in this page and sent nowhere. Its signature is not checked: only the service can do
          that.
        </p>
      </Field.Root>
      {text.trim() !== '' && token === undefined && (
        <p className="notice bad" role="alert">
          This is no token: a token is three parts of base64url with dots between them.
        </p>
      )}
      {token !== undefined && <Decoded token={token} />}
    </>
  );
}

function Decoded({ token }: { readonly token: DescribedToken }) {
  const { ident, issuer, audience, issued, expires, rights, compactOrganizations, header, claims } = token;
  return (
    <section aria-label="Decoded token" className="form">
      <dl className="facts">
        <dt>Caller</dt>
        <dd>{ident === undefined ? <span className="quiet">not named</span> : <bdi>{ident}</bdi>}</dd>
        <dt>Issuer</dt>
        <dd>{issuer === undefined ? <span className="quiet">none</span> : <code>{issuer}</code>}</dd>
        <dt>Audience</dt>
        <dd>{audience.length === 0 ? <span className="quiet">none</span> : <code>{audience.join(', ')}</code>}</dd>
        <dt>Issued</dt>
        <dd>{issued === undefined ? <span className="quiet">unknown</span> : <ExactTime at={issued} />}</dd>
        <dt>Expires</dt>
        <dd>{expires === undefined ? <span className="quiet">never</span> : <Expiry at={expires} />}</dd>
      </dl>
      {rights === undefined ? (
        <p className="notice">
          The token has the compact form: its permissions are bits over a catalogue, for {compactOrganizations.length}{' '}
          organizations.
        </p>
      ) : (
        <Rights rights={rights} />
      )}
      <details className="list">
        <summary>Header and claims</summary>
        <pre>{JSON.stringify({ header, claims }, null, 2)}</pre>
      </details>
    </section>
  );
}

function Expiry({ at }: { readonly at: number }) {
  const isOver = at * 1000 <= Date.now();
  return (
    <>
      <ExactTime at={at} /> <span className="quiet">{isOver ? 'expired' : <Time at={at} none="never" />}</span>
    </>
  );
}

function Rights({ rights }: { readonly rights: readonly TokenRights[] }) {
  if (rights.length === 0) return <p className="quiet">It grants no permission in any organization.</p>;
  return (
    <ul className="rows">
      {rights.map(({ oid, permissions, flairs }) => (
        <li key={oid} className="row">
          <div>
            <code>{oid}</code>
            <div>
              {permissions.length === 0 ? (
                <span className="quiet">no permission</span>
              ) : (
                <PermissionList names={permissions} />
              )}
            </div>
            {flairs.length > 0 && <small>Flairs: {flairs.join(', ')}</small>}
          </div>
        </li>
      ))}
    </ul>
  );
}
