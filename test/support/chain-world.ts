// Random certificate authorities and what they issue, good and bad in every way that is looked at.
import { der } from '../../src/pki/der-writer.ts';
import type { GeneralName } from '../../src/pki/general-name.ts';
import { parseName } from '../../src/pki/name.ts';
import { OID } from '../../src/pki/oids.ts';
import {
  ecKeys,
  extension,
  type Forged,
  forge,
  type ForgeOptions,
  type KeyPair,
  rsaKeys,
} from './forged-certificate.ts';
import type { Random } from './random.ts';

/** The moment for which the worlds are made. */
export const WORLD_TIME = Date.UTC(2027, 0, 1);

export interface ChainWorld {
  readonly anchors: readonly Forged[];
  /** Everybody's intermediates, in no order. */
  readonly intermediates: readonly Forged[];
  readonly leaves: readonly Forged[];
}

/** `tangled`: names and keys come again, so that several paths lead to a leaf, or none out of a circle. */
export function makeWorld(random: Random, shape: 'tree' | 'tangled', leaves: number): ChainWorld {
  const maker = new WorldMaker(random, shape);
  return maker.make(leaves);
}

class WorldMaker {
  readonly #random: Random;
  readonly #shape: 'tree' | 'tangled';
  #count = 0;

  constructor(random: Random, shape: 'tree' | 'tangled') {
    this.#random = random;
    this.#shape = shape;
  }

  make(leafCount: number): ChainWorld {
    const random = this.#random;
    const roots = Array.from({ length: 1 + random.below(3) }, () => this.#root());
    const intermediates: Forged[] = [];
    for (let left = 3 + random.below(7); left > 0; left--) {
      intermediates.push(this.#intermediate(random.pick([...roots, ...intermediates])));
    }
    if (this.#shape === 'tangled') {
      for (let left = 6; left > 0; left--) {
        intermediates.push(
          this.#crossSigned(random.pick(intermediates), [...roots, ...intermediates]),
        );
      }
    }
    const anchors = roots.filter(() => !this.#chance(10));
    if (this.#chance(20)) anchors.push(random.pick(intermediates));
    const issuers = [...roots, ...intermediates, ...intermediates];
    return {
      anchors: anchors.length === 0 ? roots : anchors,
      intermediates,
      leaves: Array.from({ length: leafCount }, () => this.#leaf(random.pick(issuers))),
    };
  }

  #root(): Forged {
    const name = this.#name('Root');
    if (this.#chance(15)) return forge({ subject: name, version: null, keys: this.#keys() });
    if (this.#chance(6)) return forge({ subject: name, keys: this.#keys(), extensions: [] });
    return forge({
      subject: name,
      keys: this.#chance(6) ? this.#random.pick(weakKeys()) : this.#keys(),
      extensions: [
        extension.ca(this.#chance(10) ? this.#random.below(3) : null),
        ...this.#maybe(70, extension.keyUsage(this.#chance(6) ? 0x80 : 0x06)),
        ...this.#maybe(60, extension.keyIdentifier(name)),
        ...this.#constraints(10),
      ],
    });
  }

  #intermediate(issuer: Forged, subject?: string, keys?: KeyPair): Forged {
    const name = subject ?? this.#name('CA');
    return this.#issue(issuer, {
      subject: name,
      keys: keys ?? this.#keys(),
      extensions: [
        ...this.#authority(),
        ...this.#maybe(60, extension.keyUsage(this.#chance(8) ? 0x02 : 0x06)),
        ...this.#maybe(15, this.#purposes()),
        ...this.#maybe(60, extension.keyIdentifier(name)),
        ...this.#constraints(25),
        ...this.#oddities(4),
      ],
    });
  }

  /** The same name, by another issuer, mostly with the same key; now and then self-issued. */
  #crossSigned(known: Forged, issuers: readonly Forged[]): Forged {
    const name = known.certificate.subject[0]?.[0]?.value ?? 'x';
    const issuer = this.#chance(15) ? known : this.#random.pick(issuers);
    return this.#intermediate(issuer, `CN=${name}`, this.#chance(75) ? known.keys : this.#keys());
  }

  #leaf(issuer: Forged): Forged {
    const subject = this.#name('leaf');
    if (this.#chance(8)) return this.#issue(issuer, { subject, version: null });
    return this.#issue(issuer, {
      subject: this.#chance(15) ? `${subject},O=Acme` : subject,
      ...(this.#chance(4) ? { keys: this.#random.pick(weakKeys()) } : {}),
      extensions: [
        ...this.#maybe(70, this.#chance(4) ? extension.ca() : extension.notCa()),
        ...this.#maybe(
          60,
          extension.keyUsage(
            this.#random.pick([0x80, 0x80, 0x80, 0x80, 0x80, 0xa0, 0x20, 0x08, 0x40]),
          ),
        ),
        ...this.#maybe(50, this.#purposes()),
        ...this.#maybe(75, extension.names(...this.#sanNames())),
        ...this.#oddities(5),
      ],
    });
  }

  #issue(issuer: Forged, options: ForgeOptions): Forged {
    const random = this.#random;
    const { version, extensions = [] } = options;
    const own = issuer.certificate.extensions.subjectKeyIdentifier;
    const named = this.#chance(3) ? 'another' : (own?.toString() ?? 'any');
    const lapsed = this.#chance(4);
    const early = !lapsed && this.#chance(3);
    const forged = forge({
      keys: this.#keys(),
      ...options,
      issuer: this.#chance(3) ? { ...issuer, keys: random.pick(pool()) } : issuer,
      ...(this.#chance(5) ? { digest: 'sha1' as const } : {}),
      ...(lapsed ? { notAfter: WORLD_TIME - 86_400_000 } : {}),
      ...(early ? { notBefore: WORLD_TIME + 86_400_000 } : {}),
      ...(version === null
        ? {}
        : {
            extensions: [
              ...extensions,
              ...this.#maybe(60, extension.authorityKeyIdentifier(named)),
            ],
          }),
    });
    return forged;
  }

  #authority(): Buffer[] {
    if (this.#chance(4)) return [];
    if (this.#chance(4)) return [extension.notCa()];
    return [extension.ca(this.#chance(30) ? this.#random.below(3) : null)];
  }

  #purposes(): Buffer {
    return extension.purposes(
      ...this.#random.pick([
        [OID.clientAuth],
        [OID.clientAuth, OID.serverAuth],
        [OID.serverAuth, OID.clientAuth],
        [OID.clientAuth, OID.serverAuth, OID.emailProtection],
        [OID.serverAuth],
        [OID.codeSigning],
        [OID.anyExtendedKeyUsage],
      ]),
    );
  }

  #constraints(percent: number): Buffer[] {
    if (!this.#chance(percent)) return [];
    const some = () => Array.from({ length: this.#random.below(3) }, () => this.#subtree());
    const [permitted, excluded] = [some(), some()];
    if (permitted.length + excluded.length === 0) return [];
    return [extension.constraints(permitted, excluded)];
  }

  #subtree(): GeneralName {
    const random = this.#random;
    const mask = random.pick([
      [255, 0, 0, 0],
      [255, 255, 0, 0],
      [0, 0, 0, 0],
    ]);
    return random.pick<GeneralName>([
      { kind: 'dns', value: random.pick(['acme.test', 'a.acme.test', 'test', 'other.example']) },
      { kind: 'email', value: random.pick(['acme.test', '.acme.test', 'u@acme.test', 'other']) },
      { kind: 'uri', value: random.pick(['acme.test', '.acme.test', 'other.example']) },
      { kind: 'ip', value: '', bytes: Buffer.from([10, 1, 0, 0, ...mask]) },
      { kind: 'directory', value: parseName(random.pick(['O=Acme', 'O=ACME', 'O=Other'])) },
    ]);
  }

  #sanNames(): GeneralName[] {
    const random = this.#random;
    return Array.from({ length: 1 + random.below(3) }, () =>
      random.pick<GeneralName>([
        {
          kind: 'dns',
          value: random.pick(['acme.test', 'x.A.acme.TEST', '*.acme.test', 'acme.tests']),
        },
        {
          kind: 'email',
          value: random.pick(['u@acme.test', 'U@acme.test', 'v@b.acme.test', 'w@other']),
        },
        {
          kind: 'uri',
          value: random.pick([
            'https://acme.test/x',
            'spiffe://b.acme.test/y',
            'http://other.example:1',
          ]),
        },
        { kind: 'ip', value: '', bytes: Buffer.from([10, random.below(3), 2, 3]) },
        { kind: 'directory', value: parseName('CN=z,O=Acme') },
      ]),
    );
  }

  #oddities(percent: number): Buffer[] {
    return [
      ...this.#maybe(percent, extension.raw('1.3.6.1.4.1.55555.1', der.null(), this.#chance(60))),
      ...this.#maybe(2, extension.raw(OID.certificatePolicies, policies, this.#chance(50))),
    ];
  }

  #name(kind: string): string {
    this.#count++;
    // With a space in it, since OpenSSL takes a CN that looks like a host name for one.
    return `CN=${kind} ${this.#count}`;
  }

  #keys(): KeyPair {
    return this.#random.pick(pool());
  }

  #maybe(percent: number, value: Buffer): Buffer[] {
    return this.#chance(percent) ? [value] : [];
  }

  #chance(percent: number): boolean {
    return this.#random.below(100) < percent;
  }
}

const policies = der.sequence(der.sequence(der.oid('1.3.6.1.4.1.55555.2')));

let keyPool: readonly KeyPair[] | null = null;
let weakPool: readonly KeyPair[] | null = null;

function pool(): readonly KeyPair[] {
  keyPool ??= Array.from({ length: 24 }, () => ecKeys());
  return keyPool;
}

function weakKeys(): readonly KeyPair[] {
  weakPool ??= [rsaKeys(1024), ecKeys('prime192v1'), rsaKeys(2048)];
  return weakPool;
}
