import type { Draft } from '../draft.ts';
import type { Level } from './block.ts';
import { clientCheckOf } from './server-tls.ts';
import type { NginxDirective } from './syntax.ts';

/**
 * The `if` of a block that refuses every client whose certificate was not verified; null: it has none.
 * `server` is the server block, whose `ssl_verify_client` decides what the condition means. Any other
 * `if` is reported.
 */
export function requiresCertificate(
  level: Level,
  server: Level,
  draft: Draft,
): NginxDirective | null {
  let found: NginxDirective | null = null;
  for (const directive of level.own('if')) {
    const { mode } = clientCheckOf(server);
    if (!refusesUnverified(directive, mode)) {
      draft.error(
        directive.place,
        'of conditions only `if ($ssl_client_verify != SUCCESS) { return 403; }` is known here',
      );
    } else if (mode === 'off') {
      draft.error(directive.place, 'is true for every client, as ssl_verify_client is off');
    } else {
      found ??= directive;
    }
  }
  return found;
}

/** Whether the condition holds for all clients but verified ones, and ends their requests. */
function refusesUnverified({ args, block }: NginxDirective, mode: string): boolean {
  const condition = args
    .map(({ text }) => text)
    .join(' ')
    .replaceAll(/[\s"']+/g, ' ')
    .replace(/^\( ?(.*?) ?\)$/, '$1');
  const isUnverified =
    /^\$\{?ssl_client_verify\}? ?!= ?SUCCESS$/.test(condition) ||
    // A bad certificate is refused before, unless it is optional_no_ca.
    (mode !== 'optional_no_ca' && /^\$\{?ssl_client_verify\}? ?= ?NONE$/.test(condition));
  const [first, ...others] = block ?? [];
  const status = Number(first?.args[0]?.text);
  return isUnverified && others.length === 0 && first?.name === 'return' && status >= 300;
}
