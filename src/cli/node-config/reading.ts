import { redactText } from '../../observe/redact-text.js';

/** What a text says, or what is wrong with it: a clause that goes behind the name of the place it came from. */
export type Reading<T> =
  { readonly accepted: true; readonly value: T } | { readonly accepted: false; readonly fault: string };

/** The text says this. */
export function accept<T>(value: T): Reading<T> {
  return { accepted: true, value };
}

/** The text is refused: `takes …`, or `names …`, and no full stop. */
export function refuse(fault: string): { readonly accepted: false; readonly fault: string } {
  return { accepted: false, fault };
}

/** `takes EXPECTED, not “TEXT”`, without what may be a password in the text. */
export function expected(what: string, text: string): { readonly accepted: false; readonly fault: string } {
  return refuse(`takes ${what}, not “${redactText(text).replace(/\S*@/g, '…@')}”`);
}
