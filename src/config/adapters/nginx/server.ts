import type { Draft, DraftMapping } from '../draft.ts';
import type { Place } from '../place.ts';
import { flagArgument, Level, tablesOf } from './block.ts';
import { requiresCertificate } from './conditions.ts';
import { type Listen, readListen } from './listen.ts';
import { type RouteContext, routesOf } from './locations.ts';
import { ANSWERS, SERVER, SETTINGS, TLS } from './notices.ts';
import { clientCheckOf, rejectsHandshake, takeServerTls } from './server-tls.ts';
import type { NginxDirective } from './syntax.ts';

const SERVER_DIRECTIVES = tablesOf(SERVER, ANSWERS, TLS, SETTINGS);

export interface ServerName {
  /** In lower case: exact, or `*.` and a name. */
  readonly name: string;
  readonly place: Place;
}

/** A server block. Beyond its addresses it is only read where one of them is served. */
export class ServerBlock {
  readonly directive: NginxDirective;
  readonly listens: readonly Listen[];
  readonly #context: Omit<RouteContext, 'admitsUnverified'>;
  readonly #http: Level;
  #content: Content | null = null;

  constructor(
    directive: NginxDirective,
    http: Level,
    context: Omit<RouteContext, 'admitsUnverified'>,
  ) {
    this.directive = directive;
    this.listens = readListens(directive.block ?? [], context.draft);
    this.#http = http;
    this.#context = context;
  }

  get names(): readonly ServerName[] {
    return this.#read().names;
  }

  get rejectsHandshake(): boolean {
    return this.#read().rejectsHandshake;
  }

  /** Sets certificate, key and what is asked of clients. */
  takeTls(out: DraftMapping): void {
    const { level, condition } = this.#read();
    takeServerTls(level, condition !== null, this.directive, out, this.#context.draft);
  }

  /** The routes; new values at each call. */
  routes(): unknown[] {
    const { level, condition } = this.#read();
    const admitsUnverified = clientCheckOf(level).mode.startsWith('optional') && condition === null;
    return routesOf(level, this.directive, { ...this.#context, admitsUnverified });
  }

  #read(): Content {
    this.#content ??= readContent(this.directive, this.#http, this.#context.draft);
    return this.#content;
  }
}

interface Content {
  readonly level: Level;
  readonly names: readonly ServerName[];
  readonly rejectsHandshake: boolean;
  /** What refuses clients without a verified certificate for the whole block. */
  readonly condition: NginxDirective | null;
}

function readContent(directive: NginxDirective, http: Level, draft: Draft): Content {
  const level = new Level(directive.block ?? [], SERVER_DIRECTIVES, http, draft);
  return {
    level,
    names: readNames(level, draft),
    rejectsHandshake: rejectsHandshake(level, draft),
    condition: requiresCertificate(level, level, draft),
  };
}

function readListens(block: readonly NginxDirective[], draft: Draft): Listen[] {
  const always = block.find(({ name }) => name === 'ssl');
  const isSsl = always !== undefined && flagArgument(always, draft) === true;
  return block.flatMap((one) => {
    const listen = one.name === 'listen' ? readListen(one, draft) : null;
    return listen === null ? [] : [isSsl ? { ...listen, isSsl } : listen];
  });
}

function readNames(level: Level, draft: Draft): ServerName[] {
  const names: ServerName[] = [];
  for (const { args, name: directive } of level.own('server_name')) {
    for (const { text, place } of args) {
      for (const name of readName(text, place, draft)) {
        names.push({ name, place });
        if (!name.startsWith('*.')) continue;
        draft.notice(
          place,
          directive,
          `${name} stands for one label here; names with more go to the default server`,
        );
      }
    }
  }
  return names;
}

function readName(text: string, place: Place, draft: Draft): string[] {
  const name = text.toLowerCase().replace(/(?<=.)\.$/, '');
  // What no client asks for: a catch-all by custom.
  if (name === '' || name === '_') return [];
  if (name.startsWith('~')) {
    draft.error(place, 'server names are no regular expressions here: write them out');
  } else if (name.includes('$')) {
    draft.error(place, 'server_name has a variable in it, and there are none here');
  } else if (name.startsWith('.')) {
    return [name.slice(1), `*${name}`];
  } else if (name.includes('*') && !/^\*\.[^*]+$/.test(name)) {
    draft.error(place, `"*" stands only for the first label here: write out ${name}`);
  } else {
    return [name];
  }
  return [];
}
