// The admin API of a gateway, asked as its users ask it: with curl and the token.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { curl, type CurlResult } from './curl.ts';

export interface ApiAnswer extends Pick<CurlResult, 'status' | 'headers'> {
  /** Parsed; null where there is none. */
  readonly json: Record<string, unknown> | null;
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

/** `base`: such as `http://127.0.0.1:9180`; `folder`: where the configuration and its `.countersign` are. */
export async function adminApi(base: string, folder: string): Promise<AdminApi> {
  const token = (await readFile(join(folder, '.countersign/admin.token'), 'utf8')).trim();
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
      const json = answer.body === '' ? null : (JSON.parse(answer.body) as ApiAnswer['json']);
      return { status, headers: fields, json };
    },
  };
}
