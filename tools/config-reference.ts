// The configuration's reference, made from its schema: docs/configuration.md for people and
// docs/config.schema.json for editors. `node tools/with-runtime.js tools/write-config-reference.ts`
// writes both; a test keeps them current.
import { configJsonSchema, type JsonSchema } from '../src/config/json-schema.ts';

/** The files of the reference by path from the checkout's root. */
export function configReference(): ReadonlyMap<string, string> {
  const schema = configJsonSchema();
  return new Map([
    ['docs/config.schema.json', `${JSON.stringify(schema, null, 2)}\n`],
    ['docs/configuration.md', renderPage(schema)],
  ]);
}

function renderPage(schema: JsonSchema): string {
  return `${[INTRODUCTION, ...renderMapping('', schema)].join('\n\n')}\n`;
}

const INTRODUCTION = `# Configuration

A configuration is one YAML 1.2 file, or a JSON file where its name ends in \`.json\`. This page is made
from the schema that checks it; \`docs/config.schema.json\` is the same for editors: with
\`# yaml-language-server: $schema=PATH/config.schema.json\` in the first line they complete and explain
keys.

\`countersign check FILE\` prints every problem as \`file:line:column: message\` and warns of what may not
do what was meant. A key that is not known is an error, and so is a key that stands twice.

\`\`\`yaml
listeners:
  - listen: 0.0.0.0:9443
    tls:
      cert_file: server.crt
      key_file: server.key
      ca_file: ca.crt
      verify: true
    routes:
      - match: { host: test.com, path: /ip, methods: [GET] }
        allow: [derek@nats.io]
        upstream: http://127.0.0.1:8080
      - match: { path: /hello }
        respond: { status: 200, body: Hello World }
certificates:
  - snis: [test.com, "*.test.com"]
    cert_file: test.crt
    key_file: test.key
    ca_file: ca.crt
    verify: true
authorization:
  users:
    - user: derek@nats.io
    - user: CN=example.com,OU=CNCF
\`\`\`

## What holds everywhere

- **Files.** Relative paths start at the configuration's own directory.
- **Variables.** \`\${NAME}\` in a value is replaced by the environment variable; one that is not set is an
  error. \`$\${\` stands for \`\${\` itself. What a variable holds is text and is not looked at again; where a
  number, \`true\` or \`false\` is wanted, such text will do.
- **Durations** have a unit: \`500ms\`, \`10s\`, \`2m\`, \`1h\`, \`1d\`; 24 days are the most. A number without a
  unit is an error.
- **Users** are compared letter by letter; a subject is compared as a name, in any order of its parts.
- **Host and server names** are compared in lower case and without a trailing dot. \`*.\` stands for one
  label in front.
- **Paths** are compared decoded and normalised. A pattern is exact, or a prefix ending in \`*\`, and is
  written the way it is compared: no \`%\`, no \`.\` or \`..\` segments, no empty ones.
- **The listener's client-auth mode is a floor.** A certificate under \`certificates\` that asks less of a
  client than its listener's \`tls\` is an error: a client chooses its certificate by the server name it
  sends, and would go around the check. Less is: a weaker \`verify\`, no \`verify_and_map\`, another set of
  trust anchors, more or unlimited \`depth\`, pins that are not pinned there or none, a lower
  \`min_version\`, \`skip_paths\` that are not skipped there, \`refusal: http\` where it is \`close\` there. It is
  no error where the certificate has its own \`listener\` and its own \`routes\`: then it is another house
  with another door. A listener without \`tls\` sets no floor.

## Keys`;

/** A table of the mapping's own keys, then a section for each mapping in it that `seen` lacks. */
function renderMapping(
  path: string,
  schema: JsonSchema,
  seen = new Map<string, string>(),
): string[] {
  const heading = path === '' ? '### The file' : `### \`${path}\``;
  const text = JSON.stringify(schema.properties);
  const before = seen.get(text);
  if (before !== undefined) return [heading, `As \`${before}\`.`];
  seen.set(text, path);
  const properties = Object.entries(schema.properties ?? {});
  const rows = properties.map(([key, value]) => {
    return `| \`${key}\` | ${kindOf(value)} | ${cell(value.description ?? '')} |`;
  });
  const table = ['| key | value | meaning |', '|---|---|---|', ...rows].join('\n');
  const below = properties.flatMap(([key, value]) => {
    const inner = mappingIn(path === '' ? key : `${path}.${key}`, value);
    return inner === null ? [] : renderMapping(inner.path, inner.schema, seen);
  });
  return [heading, table, ...below];
}

function mappingIn(path: string, schema: JsonSchema): { path: string; schema: JsonSchema } | null {
  if (schema.properties !== undefined) return { path, schema };
  if (schema.items !== undefined) return mappingIn(`${path}[]`, schema.items);
  const { additionalProperties } = schema;
  if (typeof additionalProperties !== 'object') return null;
  return mappingIn(`${path}.NAME`, additionalProperties);
}

function kindOf(schema: JsonSchema): string {
  if (schema.items !== undefined)
    return `list of ${kindOf(schema.items).replace(/mapping$/, 'mappings')}`;
  if (schema.type === 'object') return 'mapping';
  const kinds = leavesOf(schema).map((leaf) => {
    if (leaf.const !== undefined) return `\`${leaf.const}\``;
    if (leaf.enum !== undefined) return leaf.enum.map((word) => `\`${word}\``).join(', ');
    if (leaf.type === 'boolean') return '`true`, `false`';
    return leaf.type === 'integer' ? 'whole number' : 'text';
  });
  // Text stands beside numbers, and words beside numbers that are read alike, for those who quote them.
  const plain = kinds.includes('whole number') ? kinds.filter((kind) => kind !== 'text') : kinds;
  return [...new Set(plain.flatMap((kind) => kind.split(', ')))].join(', ');
}

function leavesOf(schema: JsonSchema): readonly JsonSchema[] {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(leavesOf);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
