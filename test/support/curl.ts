import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from './programs.ts';

export interface CurlResult {
  /** curl's exit status: 0, 35 or 56 after an alert, ... */
  readonly exitCode: number;
  /** Of the last response; null where there was none. */
  readonly status: number | null;
  /** `HTTP/1.1` or `HTTP/2`; null where there was no response. */
  readonly version: string | null;
  /** Of the last response, names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** What `-v` tells, and the error. */
  readonly verbose: string;
}

/** Runs curl with its own default settings, and `-v`. */
export async function curl(
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<CurlResult> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-curl-'));
  try {
    const bodyFile = join(folder, 'body');
    const headFile = join(folder, 'head');
    const own = ['-q', '--silent', '--show-error', '--verbose', '--max-time', '20'];
    const { exitCode, stderr } = await run(
      [...own, '--dump-header', headFile, '--output', bodyFile, ...args],
      options.cwd,
    );
    const [heads, body] = await Promise.all([readOptional(headFile), readOptional(bodyFile)]);
    return { exitCode, ...parseLastHead(heads), body, verbose: stderr };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(
  args: readonly string[],
  cwd: string | undefined,
): Promise<{ exitCode: number; stderr: string }> {
  return new Promise((resolve, reject) => {
    execFile(programPath('curl'), args, { cwd }, (error, _stdout, stderr) => {
      if (error === null) resolve({ exitCode: 0, stderr });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, stderr });
      else reject(error);
    });
  });
}

function parseLastHead(text: string): Pick<CurlResult, 'status' | 'version' | 'headers'> {
  const [statusLine = '', ...lines] =
    text
      .trimEnd()
      .split(/\r\n\r\n/)
      .at(-1)
      ?.split('\r\n') ?? [];
  const [, version, status] = /^(HTTP\/[\d.]+) (\d{3})/.exec(statusLine) ?? [];
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return {
    status: status === undefined ? null : Number(status),
    version: version ?? null,
    headers,
  };
}

async function readOptional(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
