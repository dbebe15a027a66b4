import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The dashboard's files as `npm run build` made them, next to the source and next to dist alike. */
const WEB_FOLDER = fileURLToPath(new URL('../../web/dist', import.meta.url));

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page may load its own files and nothing from anywhere else, and nobody may frame it. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

export interface DashboardServer {
  /** `http://127.0.0.1:9180/` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the dashboard on a loopback address. Requests whose Host is not this address are refused, so
 * that no other site's name can be pointed at it. Rejects where the address can't be listened on.
 */
export async function startDashboard(host: string, port: number): Promise<DashboardServer> {
  const files = readWebFiles();
  const server = createServer((request, response) => answer(files, server, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const shownHost = isIPv6(host) ? `[${host}]` : host;
  return {
    url: `http://${shownHost}:${portOf(server)}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface WebFile {
  readonly body: Buffer;
  readonly type: string;
}

/** Read once at start: what is served later is what was there then, and no path reaches the disk. */
function readWebFiles(): ReadonlyMap<string, WebFile> {
  const files = new Map<string, WebFile>();
  for (const entry of readdirSync(WEB_FOLDER, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const url = `/${relative(WEB_FOLDER, path).split(sep).join('/')}`;
    const type = CONTENT_TYPES[extname(entry.name)] ?? 'application/octet-stream';
    files.set(url, { body: readFileSync(path), type });
  }
  const index = files.get('/index.html');
  if (index !== undefined) files.set('/', index);
  return files;
}

function answer(
  files: ReadonlyMap<string, WebFile>,
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (!isOwnHost(request.headers.host, portOf(server))) {
    plain(response, 421, 'This address answers to its loopback name only.');
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    plain(response, 405, 'Only GET and HEAD are answered here.');
    return;
  }
  const file = files.get((request.url ?? '/').split('?', 1)[0] ?? '/');
  if (file === undefined) {
    plain(response, 404, 'There is no such page.');
    return;
  }
  response.writeHead(200, {
    ...HEADERS,
    'Content-Type': file.type,
    'Content-Length': file.body.length,
    'Cache-Control': 'no-cache',
  });
  response.end(request.method === 'HEAD' ? undefined : file.body);
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}

function isOwnHost(host: string | undefined, port: number): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].some((name) => host === `${name}:${port}`);
}

function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}
