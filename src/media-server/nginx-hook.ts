/** What nginx-rtmp asks or tells in the body of a hook. */
export interface NginxHook {
  /** `publish`, `update_publish`, `update_play`, `publish_done` … */
  call: string;
  application: string;
  name: string;
  /** nginx's number for the connection. */
  clientId: string;
  /** The tokens in the query of the URL that is published or played. */
  tokens: readonly string[];
}

/** nginx itself allows 255 characters for each of the values, and three times that when they are escaped. */
const maxBodyLength = 8192;
const maxValueLength = 512;
/** One is ours; others can only come with the URL that the notification gave. */
const maxTokens = 4;

/**
 * Reads the body of a hook. nginx appends the query of the client's URL to it as it is, so a client can repeat the
 * parameters that are nginx's own; such a body is refused.
 *
 * @returns `undefined` when nginx cannot have written it, or a client has tampered with it.
 */
export function parseNginxHook(body: string): NginxHook | undefined {
  if (body.length > maxBodyLength) return undefined;
  const fields = new URLSearchParams(body);
  const call = only(fields, 'call');
  const application = only(fields, 'app');
  const name = only(fields, 'name');
  const clientId = only(fields, 'clientid');
  if (call === undefined || application === undefined || name === undefined) return undefined;
  if (clientId === undefined || !/^\d{1,20}$/.test(clientId)) return undefined;
  return { call, application, name, clientId, tokens: fields.getAll('token').slice(0, maxTokens) };
}

function only(fields: URLSearchParams, field: string): string | undefined {
  const [value, ...more] = fields.getAll(field);
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (value === undefined || more.length > 0 || /[\x00-\x1f\x7f]/.test(value)) return undefined;
  return value.length <= maxValueLength ? value : undefined;
}
