/** Splits address ranges typed by the user at spaces and commas. */
export function rangesOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((item) => item !== '');
}
