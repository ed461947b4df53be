import { redactUrl } from '../transcoder/redact-url.js';

/**
 * A text as it may be shown: every URL in it goes through {@link redactUrl}, and what follows `Bearer` is left out. A
 * URL reaches to the next blank, so that no quote or bracket inside one lets its rest slip through; what stands right
 * behind a URL may be lost with it.
 */
export function redactText(text: string): string {
  if (!mayHoldSecret.test(text)) return text;
  return text.replace(bearer, '$1…').replace(urlToBlank, redactFrom);
}

/**
 * A value, with every text in it redacted as {@link redactText} does it, and the values of fields whose name tells a
 * secret (`secret`, `token`, `authorization`, `password` …) replaced by `…`, whatever they are. For values as
 * `JSON.parse` gives them: no cycles.
 */
export function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redactValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [redactText(name), redactField(name, field)] as const),
  );
}

const mayHoldSecret = /:\/\/|bearer/i;
const bearer = /\b(bearer\s+)\S+/gi;
const urlToBlank = /[a-z][a-z0-9+.-]*:\/\/\S*/gi;
const secretName = /(secret|token|authorization|password|passphrase|passwd|cookie|credentials?|streamkey|privatekey)$/i;
const urlName = /ur[il]$/i;

function redactField(name: string, value: unknown): unknown {
  if (value === null || value === undefined || typeof value === 'boolean') return value;
  if (secretName.test(name.replace(/[-_]/g, ''))) return '…';
  if (urlName.test(name) && typeof value === 'string') return redactUrlField(value);
  return redactValue(value);
}

/** What should be a URL and has no scheme may have user info or a query all the same. */
function redactUrlField(value: string): string {
  if (value.includes('://')) return redactText(value);
  return /[@?]/.test(value) ? '…' : value;
}

/** A URL, and those that begin in the path of it. Letters right before a scheme are no part of it. */
function redactFrom(match: string): string {
  const glued = /^([a-z0-9+.-]+?)rtmps?:\/\//i.exec(match)?.[1] ?? '';
  const shown = redactUrl(match.slice(glued.length));
  const originEnd = shown.indexOf('/', shown.indexOf('://') + 3);
  if (originEnd < 0) return glued + shown;
  return glued + shown.slice(0, originEnd) + shown.slice(originEnd).replace(urlToBlank, redactFrom);
}
