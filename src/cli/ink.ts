/** Colours for one output stream: as ANSI codes where they are wanted, as plain text elsewhere. */
export interface Ink {
  bold: (text: string) => string;
  dim: (text: string) => string;
  red: (text: string) => string;
  green: (text: string) => string;
  yellow: (text: string) => string;
}

/**
 * Whether colours are wanted: `NO_COLOR` (set and not empty) forbids them, `FORCE_COLOR` (neither empty nor `0`)
 * demands them, otherwise a terminal gets them. See no-color.org and force-color.org.
 */
export function inkFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Ink {
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '' && env['FORCE_COLOR'] !== '0';
  const forbidden = (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') || env['FORCE_COLOR'] === '0';
  const coloured = forced || (!forbidden && stream.isTTY === true && env['TERM'] !== 'dumb');
  const style = (code: number, end: number) => (text: string) =>
    coloured ? `\u001b[${code}m${text}\u001b[${end}m` : text;
  return { bold: style(1, 22), dim: style(2, 22), red: style(31, 39), green: style(32, 39), yellow: style(33, 39) };
}

/** Text from elsewhere (a server's words, a URL), safe to print: without control characters that steer terminals. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}
