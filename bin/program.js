// Which program the command line runs: the one that was built, or the source where that is newer.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const BUILT = join(ROOT, 'dist', 'program', 'countersign.js');
const SOURCE = join(ROOT, 'src');

/**
 * Path of the module that exports `main`: what `npm run build` made, which starts in half the time, or in
 * a checkout where anything in `src` or the lock file is newer than that, the source itself. A published
 * package has no source. Looking takes three milliseconds. undefined: there is neither.
 */
export function programEntry() {
  const builtAt = modifiedAt(BUILT);
  const sourceAt = newestIn(SOURCE);
  if (sourceAt === undefined) return builtAt === undefined ? undefined : BUILT;
  const lockedAt = modifiedAt(join(ROOT, 'package-lock.json')) ?? 0;
  const isBuilt = builtAt !== undefined && builtAt > Math.max(sourceAt, lockedAt);
  return isBuilt ? BUILT : join(SOURCE, 'cli', 'main.ts');
}

/** A folder's own time tells of files that went away. */
function newestIn(folder) {
  const own = modifiedAt(folder);
  if (own === undefined) return undefined;
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    return (entry.isDirectory() ? newestIn(path) : modifiedAt(path)) ?? 0;
  });
  return Math.max(own, ...times);
}

function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
