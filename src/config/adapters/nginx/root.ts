import { dirname, join, resolve } from 'node:path';
import type { Draft } from '../draft.ts';
import type { Place } from '../place.ts';
import type { Sources } from '../sources.ts';
import { constantArgument, type Level } from './block.ts';
import type { NginxDirective } from './syntax.ts';

/** Where the packages of Debian, of nginx.org and a build from source have their prefix. */
const PREFIXES = ['/usr/share/nginx', '/etc/nginx', '/usr/local/nginx'];

/**
 * Finds the directory that files are served from. nginx takes a relative one from its prefix, which
 * stands in its binary: it is looked for beside the configuration and where packages have it.
 */
export class RootFinder {
  readonly #sources: Sources;
  readonly #directory: string;

  constructor(path: string, sources: Sources) {
    this.#sources = sources;
    this.#directory = dirname(path);
  }

  /** The `root` that holds for a block, as the URL of an upstream; null: none, which is reported. */
  rootOf(level: Level, owner: NginxDirective, draft: Draft): { url: string; place: Place } | null {
    const directive = level.last('root');
    if (directive === undefined) return this.#find('html', owner, draft);
    const text = constantArgument(directive, draft);
    if (text === null) return null;
    if (!text.startsWith('/')) return this.#find(text, directive, draft);
    return { url: fileUrl(resolve(text)), place: directive.place };
  }

  #find(
    relative: string,
    { place, name }: NginxDirective,
    draft: Draft,
  ): { url: string; place: Place } | null {
    const candidates = [this.#directory, ...PREFIXES].map((prefix) => join(prefix, relative));
    const found = candidates.find((candidate) => this.#sources.isDirectory(candidate));
    const shown = name === 'root' ? name : 'root';
    if (found === undefined) {
      draft.error(
        place,
        `no directory for files: ${name === 'root' ? relative : 'root is missing, and html'} is neither beside the configuration nor below ${PREFIXES.join(', ')}`,
      );
      return null;
    }
    draft.notice(
      place,
      shown,
      `files are served from ${found}; write that, if it is what is meant`,
    );
    return { url: fileUrl(found), place };
  }
}

function fileUrl(path: string): string {
  return `file://${path.replaceAll('%', '%25').replaceAll('?', '%3F').replaceAll('#', '%23')}`;
}
