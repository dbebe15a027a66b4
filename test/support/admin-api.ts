// The admin API of a gateway, asked as its users ask it: with curl and the token. Every answer has to be
// as the API's own OpenAPI document says.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { curl, type CurlResult } from './curl.ts';

export interface ApiAnswer extends Pick<CurlResult, 'status' | 'headers'> {
  /** Parsed; empty where there is none. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface AdminApi {
  /** Sends `body` as JSON where there is one. `headers` as curl takes them: `If-Match: "1"`. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: readonly string[],
  ): Promise<ApiAnswer>;
}

interface Description {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly responses: Readonly<Record<string, Media>> }>>
    >
  >;
  readonly components: { readonly schemas: { readonly Problem: object } };
}

interface Media {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

/** `base`: such as `http://127.0.0.1:9180`; `folder`: where the configuration and its `.countersign` are. */
export async function adminApi(base: string, folder: string): Promise<AdminApi> {
  const token = (await readFile(join(folder, '.countersign/admin.token'), 'utf8')).trim();
  const document = JSON.parse((await curl([`${base}/openapi.json`])).body) as Description;
  let requests = 0;
  return {
    async ask(method, path, body, headers = []) {
      const args = ['-X', method, `${base}${path}`, '-H', `Authorization: Bearer ${token}`];
      if (body !== undefined) {
        const file = join(folder, `request-${++requests}.json`);
        await writeFile(file, JSON.stringify(body));
        args.push('-H', 'Content-Type: application/json', '--data', `@${file}`);
      }
      for (const header of headers) args.push('-H', header);
      const answer = await curl(args);
      const { status, headers: fields } = answer;
      const json = answer.body === '' ? {} : (JSON.parse(answer.body) as ApiAnswer['json']);
      checkAnswer(document, method, path, status ?? 0, fields.get('content-type') ?? null, json);
      return { status, headers: fields, json };
    },
  };
}

function checkAnswer(
  document: Description,
  method: string,
  target: string,
  status: number,
  type: string | null,
  json: ApiAnswer['json'],
): void {
  const what = `${method} ${target} ${status} ${JSON.stringify(json)}`;
  if (status >= 400) {
    assert.equal(type, 'application/problem+json', what);
    checkShape(document.components.schemas.Problem, json, what);
    return;
  }
  const path = target.split('?')[0] ?? '';
  const template = Object.keys(document.paths).find(
    (candidate) =>
      candidate === path || new RegExp(`^${candidate.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  const answer = document.paths[template ?? '']?.[method.toLowerCase()]?.responses[String(status)];
  assert.ok(answer !== undefined, `not in the OpenAPI document: ${what}`);
  const schema = answer.content?.[type ?? '']?.schema;
  if (schema === undefined) assert.deepEqual(json, {}, what);
  else checkShape(schema, json, what);
}

function checkShape(schema: object, json: unknown, what: string): void {
  const shape = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema);
  const result = shape.safeParse(json);
  assert.ok(result.success, `${what}: ${result.error?.message}`);
}
