import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { publishRevocationLists } from '../../ca/authority-files.ts';
import { LIST_LIFE_MS } from '../../ca/authority.ts';
import { writeFileSet } from '../../store/file-set.ts';
import {
  addAuthorityOptions,
  type AuthorityFlags,
  openOwnAuthority,
} from '../authority-passphrase.ts';
import type { CliContext } from '../context.ts';
import { pathFrom } from '../shell-text.ts';

interface CrlFlags extends AuthorityFlags {
  readonly out?: string;
  readonly json?: boolean;
}

/** `crl`: a fresh revocation list. */
export function register(program: Command, context: CliContext): void {
  addAuthorityOptions(program.command('crl'))
    .description(
      'Publish the revocation lists of the CA anew: that of the intermediate and the root.',
    )
    .option('--out <file>', 'also write them here')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  countersign crl --out /srv/www/ca.crl')
    .action((flags: CrlFlags) => publish(flags, context));
}

async function publish(flags: CrlFlags, context: CliContext): Promise<void> {
  const dir = pathFrom(context, flags.dir);
  const authority = await openOwnAuthority(flags, context);
  const now = context.now();
  const list = await publishRevocationLists(dir, authority, now);
  const files = [list];
  if (flags.out !== undefined) {
    const path = pathFrom(context, flags.out);
    await writeFileSet([{ path, contents: await readFile(list), mode: 0o644 }], 'replace');
    files.push(path);
  }
  const revoked = authority.journal?.revoked(now).length ?? 0;
  const nextUpdate = new Date(now + LIST_LIFE_MS).toISOString();
  if (flags.json === true) {
    context.stdout(`${JSON.stringify({ files, revoked, nextUpdate }, null, 2)}\n`);
    return;
  }
  const count = revoked === 1 ? '1 certificate' : `${revoked} certificates`;
  const until = nextUpdate.slice(0, 10);
  for (const file of files) {
    context.stdout(`Wrote ${file}: ${count} revoked; the next list is due by ${until}\n`);
  }
}
