import { TextField } from '../parts/text-field.tsx';

interface RangesFieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly problem: string | undefined;
}

/** Shows the field for the address ranges from which a key may be used. */
export function RangesField(props: RangesFieldProps) {
  return <TextField label="Address ranges" hint="192.0.2.0/24, 2001:db8::/32; empty: any address" mono {...props} />;
}

/** Splits address ranges typed by the user at spaces and commas. */
export function rangesOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((item) => item !== '');
}
