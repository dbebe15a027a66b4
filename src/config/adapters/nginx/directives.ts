import type { Draft, DraftMapping } from '../draft.ts';
import type { Sources } from '../sources.ts';
import { Level, onlyArgument, tablesOf } from './block.ts';
import { takeListeners } from './listeners.ts';
import { HTTP, MAIN, SETTINGS, TLS } from './notices.ts';
import { RootFinder } from './root.ts';
import { ServerBlock } from './server.ts';
import type { NginxDirective } from './syntax.ts';
import { UpstreamDrafts } from './upstreams.ts';

const MAIN_DIRECTIVES = tablesOf(MAIN);
const HTTP_DIRECTIVES = tablesOf(HTTP, TLS, SETTINGS);

/** Turns nginx's configuration into ours. A file of server blocks alone is read as if it stood in `http`. */
export function translateNginx(
  directives: readonly NginxDirective[],
  path: string,
  sources: Sources,
  draft: Draft,
): void {
  const start = { file: sources.name(path), line: 1, column: 1 };
  const listeners: unknown[] = [];
  draft.set(draft.root, 'listeners', listeners, start);
  const isWhole = directives.some(({ name }) => MAIN_ONLY.has(name));
  const main = isWhole ? new Level(directives, MAIN_DIRECTIVES, null, draft) : null;
  const blocks = main === null ? [directives] : main.own('http').map(({ block }) => block ?? []);
  if (main !== null) takeWorkers(main, draft);
  const servers = blocks.flatMap((block) => {
    const http = new Level(block, HTTP_DIRECTIVES, null, draft);
    const upstreams = new UpstreamDrafts(http.own('upstream'), draft);
    const roots = new RootFinder(path, sources);
    return http.own('server').flatMap((directive) => {
      if (directive.block !== null) {
        return [new ServerBlock(directive, http, { draft, upstreams, roots })];
      }
      draft.error(directive.place, 'server needs a block { ... }');
      return [];
    });
  });
  const taken = takeListeners(servers, listeners, draft);
  if (!taken && !draft.failed) {
    draft.error(
      start,
      'no server block listens with ssl: there is nothing that countersign would do here',
    );
  }
}

const MAIN_ONLY = new Set(['http', 'events', 'worker_processes', 'stream', 'mail']);

function takeWorkers(main: Level, draft: Draft): void {
  const directive = main.last('worker_processes');
  const text = directive === undefined ? null : onlyArgument(directive, draft);
  if (directive === undefined || text === null || text === 'auto') return;
  const root: DraftMapping = draft.root;
  if (/^[1-9]\d{0,3}$/.test(text)) draft.set(root, 'workers', Number(text), directive.place);
  else draft.error(directive.place, 'worker_processes must be auto or a number');
}
