import { parsePathPattern } from '../../patterns.ts';

export type UriPatternResult =
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'invalid'; readonly message: string };

/**
 * Turns one of `skip_mtls_uri_regex` into a path pattern, where it is one: `^/x$` is `/x`, and `^/x`,
 * `^/x.*` or `^/x.*$` are `/x*`. Every other regular expression is invalid, also one that may match in
 * the middle of a path: more paths than meant would need no certificate.
 */
export function uriPattern(regex: string): UriPatternResult {
  const shown = JSON.stringify(regex.length > 100 ? `${regex.slice(0, 100)}...` : regex);
  if (!regex.startsWith('^')) {
    return invalid(
      `${shown} is no path pattern, as it matches in the middle of a path: begin it with ^`,
    );
  }
  const isWhole = regex.endsWith('$') && !regex.endsWith('\\$');
  let body = regex.slice(1, isWhole ? -1 : undefined);
  const isOpen = !isWhole || body.endsWith('.*');
  if (body.endsWith('.*')) body = body.slice(0, -2);
  const path = literalOf(body);
  if (path === null) {
    return invalid(
      `${shown} is no path pattern: only ^/path$ and ^/path.* have an equivalent; name the paths one by one`,
    );
  }
  const pattern = isOpen ? `${path}*` : path;
  const result = parsePathPattern(pattern);
  return result.kind === 'pattern'
    ? { kind: 'pattern', pattern }
    : invalid(`${shown}: ${result.message}`);
}

/** null: the expression means more than its letters. */
function literalOf(body: string): string | null {
  const literal = body.replaceAll(/\\([^A-Za-z0-9])/g, (_, escaped: string) =>
    escaped === '\\' ? '\u0000' : escaped,
  );
  const bare = body.replaceAll(/\\[^A-Za-z0-9]/g, '');
  return /[\\^$.*+?()[\]{}|]/.test(bare) || literal.includes('\u0000') ? null : literal;
}

function invalid(message: string): UriPatternResult {
  return { kind: 'invalid', message };
}
