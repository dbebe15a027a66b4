// Client certificates of every shape that a mapping or a verdict may depend on, seeded and repeatable but
// for their keys.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { der } from '../../src/pki/der-writer.ts';
import type { GeneralName } from '../../src/pki/general-name.ts';
import { encodePrivateKey } from '../../src/pki/keys.ts';
import { OID } from '../../src/pki/oids.ts';
import {
  ecKeys,
  extension,
  forge,
  type Forged,
  type ForgeOptions,
  rsaKeys,
} from './forged-certificate.ts';
import { Random } from './random.ts';

const DAY_MS = 86_400_000;

/** Users of a configuration that the population is mapped by. */
export const USERS: readonly string[] = [
  'derek@nats.io',
  'service.example.com',
  '*.wild.example.com',
  'spiffe://example.com/service',
  'CN=example.com,OU=CNCF',
  'CN=Anna,OU=Ops,O=Example,L=Berlin,C=DE',
  'cn=lower,o=Example',
  'CN=multi,OU=A+OU=B',
  'CN=app,DC=example,DC=com',
  'CN=space, O=Spaced',
  'CN=only',
  'O=no common name',
  'CN=two,OU=first,OU=second',
  'CN=comma\\, Inc.,O=Example',
  'CN=Jürgen,O=Example',
  'SERIALNUMBER=7,CN=numbered',
  'CN=street,STREET=Main Road,POSTALCODE=12345',
  '127.0.0.1',
  'CN=twice,CN=twice',
];

/** A client with the files that others take its certificate from, named by its label. */
export interface PopulationClient {
  /** A file name: `LABEL.crt` is the chain as it is sent, `LABEL.key` its key. */
  readonly label: string;
  /** What is special about it; clients that differ in their names alone share it. */
  readonly kind: string;
}

export interface Population {
  readonly folder: string;
  /** Trust anchor of clients and of the server: `ca.crt`; `server.crt` is for localhost. */
  readonly clients: readonly PopulationClient[];
}

export interface PopulationSize {
  readonly seed: number;
  /** How many identities are made up beside the written ones. */
  readonly random: number;
  /** Only each so-many-th of all is issued. Default 1. */
  readonly every?: number;
  /** Kinds of which all are issued whatever `every` says. Default: none. */
  readonly always?: readonly string[];
}

interface Identity {
  readonly subject: string;
  readonly sans?: readonly GeneralName[];
}

/** Issues the population into a folder. */
export async function issuePopulation(
  folder: string,
  { seed, random, every = 1, always = [] }: PopulationSize,
): Promise<Population> {
  await mkdir(folder, { recursive: true });
  const issuer = new PopulationIssuer(folder, every, new Set(always));
  await issuer.begin();
  for (const [index, identity] of IDENTITIES.entries()) {
    await issuer.add(`written-${index}`, kindOf(identity), { identity });
  }
  const numbers = new Random(seed);
  for (let index = 0; index < random; index++) {
    const identity = randomIdentity(numbers);
    await issuer.add(`random-${index}`, kindOf(identity), { identity });
  }
  for (const [kind, flaw] of Object.entries(issuer.flaws())) {
    for (const [index, identity] of FLAWED.entries()) {
      await issuer.add(`${kind}-${index}`, kind, { identity, ...flaw });
    }
  }
  return { folder, clients: issuer.clients };
}

interface Flaw {
  readonly issuer?: Forged;
  /** Sent behind the leaf. */
  readonly chain?: readonly Forged[];
  readonly options?: Partial<ForgeOptions>;
  /** Extensions in the place of `clientAuth`. */
  readonly extensions?: readonly Buffer[];
}

class PopulationIssuer {
  readonly clients: PopulationClient[] = [];
  readonly #folder: string;
  readonly #now = Date.now();
  readonly #root = this.#authority('CN=Population Root,O=Example');
  /** Trusted as well. */
  readonly #anchors = this.#oddAnchors();
  /** Keys cost most. */
  readonly #keys = ecKeys();

  readonly #every: number;
  readonly #always: ReadonlySet<string>;
  #asked = 0;

  constructor(folder: string, every: number, always: ReadonlySet<string>) {
    this.#folder = folder;
    this.#every = every;
    this.#always = always;
  }

  async begin(): Promise<void> {
    const server = this.#leaf('CN=localhost', this.#root, [
      extension.names({ kind: 'dns', value: 'localhost' }),
      extension.purposes(OID.serverAuth),
    ]);
    const anchors = [this.#root, ...Object.values(this.#anchors)];
    await writeFile(join(this.#folder, 'ca.crt'), anchors.map(({ pem }) => pem).join(''));
    await writeFile(join(this.#folder, 'server.crt'), server.pem);
    await writeFile(join(this.#folder, 'server.key'), encodePrivateKey(server.keys.privateKey));
  }

  async add(
    label: string,
    kind: string,
    what: Flaw & { readonly identity: Identity },
  ): Promise<void> {
    if (this.#asked++ % this.#every !== 0 && !this.#always.has(kind)) return;
    const { identity, issuer = this.#root, chain = [], options = {}, extensions } = what;
    const { sans = [] } = identity;
    const leaf = forge({
      subject: identity.subject,
      keys: this.#keys,
      issuer,
      notBefore: this.#now - DAY_MS,
      notAfter: this.#now + 30 * DAY_MS,
      extensions: [
        ...(extensions ?? [extension.purposes(OID.clientAuth)]),
        ...(sans.length > 0 ? [extension.names(...sans)] : []),
      ],
      ...options,
    });
    const pem = [leaf, ...chain].map((one) => one.pem).join('');
    await writeFile(join(this.#folder, `${label}.crt`), pem);
    await writeFile(join(this.#folder, `${label}.key`), encodePrivateKey(leaf.keys.privateKey));
    this.clients.push({ label, kind });
  }

  /** What may be wrong with a certificate, or only looks so. */
  flaws(): Record<string, Flaw> {
    const root = this.#root;
    const intermediate = this.#authority('CN=Intermediate', root);
    const second = this.#authority('CN=Second', intermediate);
    const stranger = this.#authority('CN=Population Root,O=Example');
    const limited = this.#authority('CN=Limited', root, [extension.ca(0)]);
    const below = this.#authority('CN=Below', limited);
    const late = this.#authority('CN=Late', root, [extension.ca()], this.#now - DAY_MS);
    const noAuthority = this.#leaf('CN=no authority', root, [extension.notCa()]);
    const mayNotSign = this.#authority('CN=May not sign', root, [
      extension.ca(),
      extension.keyUsage(0x80),
    ]);
    const forServers = this.#authority('CN=For servers', root, [
      extension.ca(),
      extension.purposes(OID.serverAuth),
    ]);
    const constrained = (
      permitted: readonly GeneralName[],
      excluded: readonly GeneralName[] = [],
    ) => {
      const issuer = this.#authority('CN=Constrained', root, [
        extension.ca(),
        extension.constraints(permitted, excluded),
      ]);
      return { issuer, chain: [issuer] };
    };
    const oldDigest = this.#authority('CN=Old', root, [extension.ca()], undefined, 'sha1');
    const {
      firstVersion,
      bare,
      expired,
      noAuthority: notForSigning,
      intermediate: trusted,
      sha1,
    } = this.#anchors;
    const usage = (bits: number) => [extension.keyUsage(bits), extension.purposes(OID.clientAuth)];
    return {
      'wrong-ca': { issuer: stranger },
      'wrong-ca-sent': { issuer: stranger, chain: [stranger] },
      expired: { options: { notAfter: this.#now - 60_000 } },
      'not-yet-valid': { options: { notBefore: this.#now + DAY_MS } },
      'for-servers': { extensions: [extension.purposes(OID.serverAuth)] },
      'for-both': { extensions: [extension.purposes(OID.serverAuth, OID.clientAuth)] },
      'for-email': { extensions: [extension.purposes(OID.emailProtection)] },
      'for-any': { extensions: [extension.purposes(OID.anyExtendedKeyUsage)] },
      'for-nothing-said': { extensions: [extension.notCa()] },
      'no-extensions': { extensions: [], options: { version: 2 } },
      'authority-as-leaf': { extensions: [extension.ca(), extension.purposes(OID.clientAuth)] },
      'usage-signature': { extensions: usage(0x80) },
      'usage-encipherment': { extensions: usage(0x20) },
      'usage-certificates': { extensions: usage(0x04) },
      'unknown-critical': {
        extensions: [
          extension.purposes(OID.clientAuth),
          extension.raw('1.3.6.1.4.1.99999.1', der.null(), true),
        ],
      },
      'unknown-extension': {
        extensions: [
          extension.purposes(OID.clientAuth),
          extension.raw('1.3.6.1.4.1.99999.1', der.null()),
        ],
      },
      'by-intermediate': { issuer: intermediate, chain: [intermediate] },
      'intermediate-missing': { issuer: intermediate },
      'by-second': { issuer: second, chain: [second, intermediate] },
      'by-second-disordered': { issuer: second, chain: [intermediate, second] },
      'by-second-missing': { issuer: second, chain: [second] },
      'with-root': { issuer: intermediate, chain: [intermediate, root] },
      'below-limit': { issuer: below, chain: [below, limited] },
      'by-expired-intermediate': { issuer: late, chain: [late] },
      'by-no-authority': { issuer: noAuthority, chain: [noAuthority] },
      'by-one-that-may-not-sign': { issuer: mayNotSign, chain: [mayNotSign] },
      'by-one-for-servers': { issuer: forServers, chain: [forServers] },
      'email-elsewhere': constrained([email('example.org')]),
      'email-here': constrained([email('nats.io')]),
      'email-excluded': constrained([], [email('derek@nats.io')]),
      'dns-elsewhere': constrained([dns('example.org')]),
      'dns-here': constrained([dns('example.com')]),
      'dns-excluded': constrained([], [dns('example.com')]),
      'uri-elsewhere': constrained([uri('example.org')]),
      'ip-elsewhere': constrained([
        { kind: 'ip', value: '10.0.0.0/8', bytes: Buffer.from([10, 0, 0, 0, 255, 0, 0, 0]) },
      ]),
      'by-sha1-intermediate': { issuer: oldDigest, chain: [oldDigest] },
      'by-first-version': { issuer: firstVersion },
      'by-bare-anchor': { issuer: bare },
      'by-expired-anchor': { issuer: expired },
      'by-anchor-for-nobody': { issuer: notForSigning },
      'by-trusted-intermediate': { issuer: trusted },
      'by-sha1-anchor': { issuer: sha1 },
      'by-sha1': { options: { digest: 'sha1' } },
      'rsa-2048': { options: { keys: rsaKeys(2048) } },
      'p-384': { options: { keys: ecKeys('P-384') } },
    };
  }

  /** Self-signed, but for the one whose issuer is not trusted. */
  #oddAnchors() {
    const above = this.#authority('CN=Above');
    const made = (subject: string, options: Partial<ForgeOptions>) =>
      forge({
        subject,
        notBefore: this.#now - 90 * DAY_MS,
        notAfter: this.#now + 90 * DAY_MS,
        ...options,
      });
    return {
      firstVersion: made('CN=First version', { version: null }),
      bare: made('CN=Bare', { extensions: [extension.keyIdentifier('bare')] }),
      expired: made('CN=Expired', { extensions: [extension.ca()], notAfter: this.#now - DAY_MS }),
      noAuthority: made('CN=Anchor for nobody', { extensions: [extension.notCa()] }),
      intermediate: made('CN=Trusted intermediate', {
        extensions: [extension.ca()],
        issuer: above,
      }),
      sha1: made('CN=Old digest', { extensions: [extension.ca()], digest: 'sha1' }),
    };
  }

  #authority(
    subject: string,
    issuer?: Forged,
    extensions: readonly Buffer[] = [extension.ca()],
    notAfter = this.#now + 90 * DAY_MS,
    digest: 'sha1' | 'sha256' = 'sha256',
  ): Forged {
    const notBefore = this.#now - 90 * DAY_MS;
    return forge({ subject, extensions, notBefore, notAfter, digest, ...(issuer && { issuer }) });
  }

  #leaf(subject: string, issuer: Forged, extensions: readonly Buffer[]): Forged {
    const notBefore = this.#now - DAY_MS;
    return forge({ subject, issuer, extensions, notBefore, notAfter: this.#now + 30 * DAY_MS });
  }
}

const email = (value: string): GeneralName => ({ kind: 'email', value });
const dns = (value: string): GeneralName => ({ kind: 'dns', value });
const uri = (value: string): GeneralName => ({ kind: 'uri', value });
const ip = (value: string): GeneralName => ({
  kind: 'ip',
  value,
  bytes: Buffer.from(value.split('.').map(Number)),
});

/** Its subject is as long as the user `CN=twice,CN=twice` and has one RDN of that, not both. */
const DOUBLED = 'doubled-user';
/** It has no other name than DNS names. */
const DNS_ALONE = 'dns-alone';

function kindOf({ subject, sans = [] }: Identity): string {
  const kinds = new Set(sans.map(({ kind }) => kind));
  if (subject === '' && kinds.has('dns') && !kinds.has('email') && !kinds.has('uri')) {
    return DNS_ALONE;
  }
  const rdns = subject.split(',');
  const twice = rdns.filter((rdn) => rdn === 'CN=twice');
  return rdns.length === 2 && twice.length === 1 ? DOUBLED : 'good';
}

/** Names for the flawed: one mapped by each step, and one that is nobody. */
const FLAWED: readonly Identity[] = [
  { subject: 'CN=x', sans: [email('derek@nats.io')] },
  { subject: 'CN=example.com,OU=CNCF' },
  { subject: 'CN=nobody' },
];

/** Subjects are RFC 4514 text, the most specific attribute first. */
const IDENTITIES: readonly Identity[] = [
  { subject: 'CN=x', sans: [dns('localhost'), ip('127.0.0.1'), email('derek@nats.io')] },
  { subject: 'CN=example.com,OU=CNCF' },
  { subject: 'OU=CNCF,CN=example.com' },
  { subject: 'CN=Example.com,OU=CNCF' },
  { subject: 'CN=example.com,OU=cncf' },
  { subject: 'CN=example.com,OU=CNCF,O=More' },
  { subject: 'CN=example.com' },
  { subject: 'CN=example.com+OU=CNCF' },
  { subject: 'CN=derek@nats.io' },
  { subject: 'CN=x', sans: [email('other@nats.io'), email('derek@nats.io')] },
  { subject: 'CN=x', sans: [email('Derek@nats.io')] },
  { subject: 'CN=x', sans: [email('derek@NATS.io')] },
  { subject: 'CN=x', sans: [dns('derek@nats.io')] },
  { subject: 'CN=x', sans: [uri('derek@nats.io')] },
  { subject: 'CN=x', sans: [dns('service.example.com')] },
  { subject: 'CN=x', sans: [dns('SERVICE.example.com')] },
  { subject: 'CN=x', sans: [dns('service.example.com.')] },
  { subject: 'CN=x', sans: [dns('a.wild.example.com')] },
  { subject: 'CN=x', sans: [dns('*.wild.example.com')] },
  { subject: 'CN=service.example.com' },
  { subject: 'CN=x', sans: [uri('spiffe://example.com/service')] },
  { subject: 'CN=x', sans: [uri('spiffe://EXAMPLE.com/service')] },
  { subject: 'CN=x', sans: [uri('spiffe://example.com/service/')] },
  { subject: 'CN=x', sans: [uri('spiffe://example.com/%73ervice')] },
  { subject: 'CN=x', sans: [ip('127.0.0.1')] },
  { subject: 'CN=example.com,OU=CNCF', sans: [email('derek@nats.io')] },
  { subject: 'CN=only', sans: [uri('spiffe://example.com/service'), dns('service.example.com')] },
  { subject: 'CN=only', sans: [email('nobody@nats.io')] },
  { subject: 'CN=Anna,OU=Ops,O=Example,L=Berlin,C=DE' },
  { subject: 'C=DE,L=Berlin,O=Example,OU=Ops,CN=Anna' },
  { subject: 'OU=Ops,C=DE,CN=Anna,O=Example,L=Berlin' },
  { subject: 'CN=Anna,OU=Ops,O=Example,L=Berlin,ST=Berlin,C=DE' },
  { subject: 'CN=Anna,OU=Ops,O=Example,L=Berlin,C=DE,UID=anna' },
  { subject: 'CN=Anna,OU=Ops,O=Example,L=Berlin,C=DE,1.2.840.113549.1.9.1=a@example.org' },
  { subject: 'CN=lower,O=Example' },
  { subject: 'O=Example,CN=lower' },
  { subject: 'CN=Lower,O=Example' },
  { subject: 'CN=multi,OU=A+OU=B' },
  { subject: 'CN=multi,OU=B+OU=A' },
  { subject: 'CN=multi,OU=A,OU=B' },
  { subject: 'CN=multi,OU=B,OU=A' },
  { subject: 'CN=app,DC=example,DC=com' },
  { subject: 'CN=app,DC=com,DC=example' },
  { subject: 'DC=com,DC=example,CN=app' },
  { subject: 'CN=app,O=More,DC=example,DC=com' },
  { subject: 'CN=app,UID=1,DC=example,DC=com' },
  { subject: 'CN=app' },
  { subject: 'CN=space,O=Spaced' },
  { subject: 'CN=only' },
  { subject: 'CN=only,UID=7' },
  { subject: 'CN=only,CN=only' },
  { subject: 'CN=twice,CN=twice' },
  { subject: 'CN=twice' },
  { subject: 'CN=twice,OU=other' },
  { subject: 'CN=first,CN=only' },
  { subject: 'CN=only,CN=first' },
  { subject: 'UID=only' },
  { subject: 'O=no common name' },
  { subject: 'CN=two,OU=first,OU=second' },
  { subject: 'CN=two,OU=second,OU=first' },
  { subject: 'OU=first,CN=two,OU=second' },
  { subject: 'CN=two,OU=first' },
  { subject: 'CN=comma\\, Inc.,O=Example' },
  { subject: 'CN=comma\\, Inc.' },
  { subject: 'CN=Jürgen,O=Example' },
  { subject: 'CN=Ju\\CC\\88rgen,O=Example' },
  { subject: 'CN=numbered,SERIALNUMBER=7' },
  { subject: 'SERIALNUMBER=7,CN=numbered' },
  { subject: 'CN=street,STREET=Main Road,POSTALCODE=12345' },
  { subject: 'CN=street,POSTALCODE=12345,STREET=Main Road' },
  { subject: 'CN=a\\0D\\0Ab' },
  { subject: 'CN=\\ only' },
  { subject: 'CN=only\\ ' },
  { subject: 'CN=\\"only\\"' },
  { subject: '' },
  { subject: '', sans: [email('derek@nats.io')] },
  { subject: '', sans: [dns('service.example.com')] },
  { subject: '', sans: [uri('spiffe://example.com/service')] },
];

const TYPES = [
  'CN',
  'OU',
  'O',
  'L',
  'ST',
  'C',
  'DC',
  'STREET',
  'POSTALCODE',
  'SERIALNUMBER',
  'UID',
];
const VALUES = [
  'only',
  'example.com',
  'CNCF',
  'Example',
  'Ops',
  'app',
  'multi',
  'A',
  'B',
  'com',
  'DE',
];
const NAMES: readonly GeneralName[] = [
  email('derek@nats.io'),
  email('x@nats.io'),
  dns('service.example.com'),
  dns('x.example.com'),
  uri('spiffe://example.com/service'),
  uri('https://example.com/'),
  ip('127.0.0.1'),
];

/** Mostly near one that is a user: a shuffled, changed or cut subject, with some names. */
function randomIdentity(random: Random): Identity {
  const base = random.pick(IDENTITIES).subject;
  let rdns = base === '' ? [] : base.split(/(?<!\\),/);
  const changes = random.below(3);
  for (let change = 0; change < changes; change++) {
    const at = random.below(rdns.length + 1);
    const fresh = `${random.pick(TYPES)}=${random.pick(VALUES)}`;
    switch (random.below(5)) {
      case 0:
        rdns = rdns.toSpliced(at, 0, fresh);
        break;
      case 1:
        rdns = rdns.toSpliced(at, 1);
        break;
      case 2:
        rdns = rdns.toSpliced(at, 1, fresh);
        break;
      case 3:
        rdns = rdns.toSpliced(at, 1, at < rdns.length ? `${rdns[at]}+${fresh}` : fresh);
        break;
      default:
        rdns = rdns.toReversed();
    }
  }
  const sans = NAMES.filter(() => random.below(8) === 0);
  return { subject: rdns.join(','), sans: random.below(2) === 0 ? sans : sans.toReversed() };
}
