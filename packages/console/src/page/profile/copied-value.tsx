import { useState } from 'react';

interface CopiedValueProps {
  /** Name of the value. */
  readonly label: string;
  readonly value: string;
}

/** Shows a labeled value, and a button that copies the value. */
export function CopiedValue({ label, value }: CopiedValueProps) {
  const [said, setSaid] = useState('');
  async function copy() {
    try {
      await navigator.clipboard.writeText(value);
      setSaid('Copied');
    } catch {
      setSaid('The browser did not allow it; select the text');
    }
  }
  return (
    <>
      <dt>{label}</dt>
      <dd className="copied">
        <code>{value}</code>
        <button type="button" className="button small" aria-label={`Copy ${label}`} onClick={copy}>
          Copy
        </button>
        <span role="status" className="said">
          {said}
        </span>
      </dd>
    </>
  );
}
