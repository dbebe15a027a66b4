// The page of the adapters, docs/adapters.md: what becomes of each directive of another program's
// configuration. Made from the tables that the adapters go by; a test keeps it current, and
// `node tools/with-runtime.js tools/write-adapters-page.ts` writes it anew.
import * as apisixTables from '../src/config/adapters/apisix/notices.ts';
import * as natsTables from '../src/config/adapters/nats/notices.ts';
import * as nginxTables from '../src/config/adapters/nginx/notices.ts';
import type { DirectiveMeaning, DirectiveTable } from '../src/config/adapters/meaning.ts';

/** The page as Markdown. */
export function adaptersPage(): string {
  const { TOP, TLS, AUTHORIZATION, ACCOUNT, USER, PERMISSIONS } = natsTables;
  const nats = [TOP, TLS, AUTHORIZATION, ACCOUNT, USER, PERMISSIONS];
  const { MAIN, HTTP, SERVER, LOCATION, UPSTREAM } = nginxTables;
  const nginx = [MAIN, HTTP, SERVER, nginxTables.TLS];
  const inside = [nginxTables.ANSWERS, LOCATION, nginxTables.SETTINGS, UPSTREAM];
  const { NODE, SSL, ROUTE } = apisixTables;
  const apisix = [apisixTables.TOP, NODE, SSL, ROUTE, apisixTables.UPSTREAM];
  return `${[
    INTRODUCTION,
    NATS,
    ...nats.flatMap(sectionOf),
    NGINX,
    ...[...nginx, ...inside].flatMap(sectionOf),
    APISIX,
    ...apisix.flatMap(sectionOf),
  ].join('\n\n')}\n`;
}

const INTRODUCTION = `# Configurations of other programs

An adapter reads the configuration file of another program as it is:

\`\`\`
countersign adapt nats nats.conf                  # the same as YAML
countersign check nats.conf --adapter nats        # errors as file:line:col
countersign run nats.conf --adapter nats --upstream nats://127.0.0.1:4223
countersign adapt nats nats.conf --prove derek.crt none   # who would be let in, as whom
\`\`\`

Each directive is one of three:

- **taken**: it becomes part of our document.
- **said**: it has no equivalent, and nobody gets in for that. A notice with file, line and column tells
  what it means here.
- **an error**: leaving it out would let somebody in, or further. The error says what to do.

A directive that is in no table is an error too: nothing can be said of what leaving it out would do.
Where decisions about clients differ is told in [differences.md](differences.md). This page is made from
the tables that the adapters go by.`;

const NATS = `## nats-server

\`--adapter nats\`. The whole syntax: comments by \`#\` and \`//\`; \`=\`, \`:\` or a space; blocks;
arrays by comma or new line; quoted, bare and multi-line strings; \`$VARIABLE\` of the file or the
environment; \`include\`; suffixes of sizes and durations. Certificates and keys are looked for from the
directory that the program is started in, included files from that of the file that includes them, both
as nats-server does.

The gateway listens where the file says. The nats-server behind it is at \`--upstream\`, by default on
the same machine at the next port: it needs \`-a 127.0.0.1\`, so that clients can't go around the gateway.`;

const NGINX = `## nginx

\`--adapter nginx\`. A whole configuration, or a file of \`server\` blocks as in \`sites-available\`, with
\`include\` and its patterns. Files are looked for from the directory of the configuration. A \`server\`
without \`ssl\` is left out, which is said.`;

const APISIX = `## APISIX

\`--adapter apisix\`. The \`apisix.yaml\` of its standalone mode, or \`ssl\` objects alone as its Admin API
has them, one or a list, YAML or JSON; traffic then goes to \`--upstream\`. The gateway listens on port
9443, as APISIX does for TLS. The admin API takes the same objects while the gateway runs:
[admin-api.md](admin-api.md).`;

const TREATMENTS = {
  taken: 'taken',
  notice: 'said',
  refused: 'an error',
} as const satisfies Record<DirectiveMeaning['treatment'], string>;

function sectionOf({ block, rows }: DirectiveTable): string[] {
  const lines = rows.map(({ names, treatment, meaning }) => {
    const shown = names.map((name) => `\`${name}\``).join(' ');
    return `| ${shown} | ${TREATMENTS[treatment]} | ${meaning.replaceAll('|', '\\|')} |`;
  });
  return [`### In ${block}`, ['| directive | | here |', '|---|---|---|', ...lines].join('\n')];
}
