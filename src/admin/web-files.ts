import { readdirSync, readFileSync } from 'node:fs';
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

export interface WebFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

/**
 * The dashboard's files by the path of their URL. Read once at start: what is served later is what was
 * there then, and no path reaches the disk. Empty where the dashboard was not built.
 */
export function readWebFiles(): ReadonlyMap<string, WebFile> {
  const files = new Map<string, WebFile>();
  for (const path of webPaths()) {
    const url = `/${relative(WEB_FOLDER, path).split(sep).join('/')}`;
    const type = CONTENT_TYPES[extname(path)] ?? 'application/octet-stream';
    files.set(url, { body: new Uint8Array(readFileSync(path)), type });
  }
  const index = files.get('/index.html');
  if (index !== undefined) files.set('/', index);
  return files;
}

function webPaths(): string[] {
  try {
    return readdirSync(WEB_FOLDER, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
