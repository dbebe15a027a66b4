import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { acceptedLanguage } from './accepted-language.ts';
import { shaped, type Shaped } from './field-errors.ts';
import type { Caller, Operation } from './operation.ts';
import { type Answer, invalid, problem } from './problem.ts';

/** Longest body of a request, bytes. */
const MAX_BODY = 4 * 1024 * 1024;

/** What `access` leaves for the operations. */
export interface ApiVariables {
  Variables: { caller: Caller };
}

/** Serves the operations. `onFault` hears of what should not happen; the client hears of a fault alone. */
export function apiRoutes(
  operations: readonly Operation[],
  onFault: (error: Error) => void,
): Hono<ApiVariables> {
  const app = new Hono<ApiVariables>();
  for (const operation of operations) {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
    app.on(operation.method.toUpperCase(), path, async (c) => send(c, await answer(operation, c)));
  }
  app.onError((error, c) => {
    onFault(error);
    return send(c, problem('fault', 'this should not have happened; the log says more'));
  });
  return app;
}

/** Makes an answer of the API one of hono. */
export function send(c: Context, { status, body, bytes, headers = {} }: Answer): Response {
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  if (bytes !== undefined) return c.body(bytes, status as ContentfulStatusCode);
  if (body === undefined) return c.body(null, status as 204);
  c.header('Content-Type', headers['Content-Type'] ?? 'application/json');
  return c.body(`${JSON.stringify(body, null, 2)}\n`, status as ContentfulStatusCode);
}

async function answer(operation: Operation, c: Context<ApiVariables>): Promise<Answer> {
  const query = shaped(operation.query, c.req.query(), 'query');
  if ('errors' in query) return invalid(query.errors);
  const text = operation.body === undefined ? null : await readJson(c);
  if (text === TOO_LONG) return problem('too-large', `a body has at most ${MAX_BODY} bytes`);
  if (text !== null && 'errors' in text) return invalid(text.errors);
  const body = shaped(operation.bodyFor?.(query.value) ?? operation.body, text?.value);
  if ('errors' in body) return invalid(body.errors);
  return operation.handle({
    params: c.req.param(),
    query: query.value,
    body: body.value,
    ifMatch: c.req.header('if-match') ?? null,
    language: acceptedLanguage(c.req.header('accept-language')),
    caller: c.get('caller'),
  });
}

const TOO_LONG = Symbol('a body that is too long');

async function readJson(c: Context): Promise<Shaped<unknown> | typeof TOO_LONG> {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  // A page of another site can send no JSON without being asked for leave first.
  if (type !== 'application/json' && type !== 'application/merge-patch+json') {
    const message = 'the body must be JSON, Content-Type: application/json';
    return { errors: [{ path: '', message }] };
  }
  const bytes = await readBody(c.req.raw.body);
  if (bytes === null) return TOO_LONG;
  try {
    return {
      value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown,
    };
  } catch {
    // The parser's own words quote the text, in which a key may stand.
    return { errors: [{ path: '', message: 'the body is not JSON' }] };
  }
}

/** null: it is too long. */
async function readBody(body: ReadableStream<Uint8Array> | null): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
