// Our verdict on random chains beside openssl's: the same, or for one of the reasons that stand here.
import assert from 'node:assert/strict';
import type { Path } from '../../src/pki/path.ts';
import { encodePem } from '../../src/pki/pem.ts';
import { type ChainVerdict, verifyChain } from '../../src/pki/verify-chain.ts';
import { type ChainWorld, makeWorld, WORLD_TIME } from './chain-world.ts';
import type { Forged } from './forged-certificate.ts';
import { type OpensslAnswer, opensslVerify } from './openssl-verify.ts';
import { Random } from './random.ts';

/** One chain, as both saw it. */
interface Judged {
  readonly leaf: Forged;
  readonly purpose: 'client' | 'server';
  readonly ours: ChainVerdict;
  readonly openssl: OpensslAnswer;
  /** openssl's answer to our path, without any other certificate; null: it was not asked. */
  readonly alone: OpensslAnswer | null;
}

export interface Agreement {
  readonly chains: number;
  readonly good: number;
  /** How often each reason explained a difference. */
  readonly reasons: ReadonlyMap<string, number>;
  /** How often each cause was named first. */
  readonly causes: ReadonlyMap<string, number>;
}

/** Judges `worlds` worlds of random chains; rejects with the seed at the first difference without a reason. */
export async function compareWithOpenssl(
  folder: string,
  { worlds, leaves, seed }: { worlds: number; leaves: number; seed: number },
): Promise<Agreement> {
  const reasons = new Map<string, number>();
  const causes = new Map<string, number>();
  let good = 0;
  for (let turn = 0; turn < worlds; turn++) {
    const world = makeWorld(new Random(seed, turn), turn % 2 === 0 ? 'tree' : 'tangled', leaves);
    for (const judged of await judgeWorld(folder, world, turn % 4 < 2 ? 'client' : 'server')) {
      const { ours, openssl } = judged;
      if (ours.kind === 'verified') good++;
      else count(causes, ours.causes[0].code);
      if ((ours.kind === 'verified') === (openssl.code === 0)) continue;
      const alone = await judgeAlone(folder, judged);
      const reason = reasonFor({ ...judged, alone });
      assert.ok(reason, `seed ${seed}, world ${turn}: ${described({ ...judged, alone })}`);
      count(reasons, reason);
    }
  }
  return { chains: worlds * leaves, good, reasons, causes };
}

async function judgeWorld(
  folder: string,
  world: ChainWorld,
  purpose: 'client' | 'server',
): Promise<Judged[]> {
  const answers = await opensslVerify(folder, {
    ...world,
    purpose: purpose === 'client' ? 'sslclient' : 'sslserver',
    at: WORLD_TIME,
  });
  const anchors = world.anchors.map(({ certificate }) => certificate);
  const rest = world.intermediates.map(({ certificate }) => certificate);
  return world.leaves.map((leaf, index) => {
    const requirements = { anchors, depth: null, pins: new Set<string>() };
    const chain = [leaf.certificate, ...rest];
    const ours = verifyChain({ chain, requirements, purpose, at: WORLD_TIME });
    const openssl = answers[index] ?? assert.fail();
    return { leaf, purpose, ours, openssl, alone: null };
  });
}

/** Whether openssl has anything against the path that we found. */
async function judgeAlone(
  folder: string,
  { leaf, purpose, ours }: Judged,
): Promise<OpensslAnswer | null> {
  if (ours.kind === 'failed') return null;
  const path = ours.path.map(({ der }) => ({ pem: encodePem('CERTIFICATE', der) }));
  const [answer] = await opensslVerify(folder, {
    anchors: path.slice(-1),
    intermediates: path.slice(1, -1),
    leaves: [leaf],
    purpose: purpose === 'client' ? 'sslclient' : 'sslserver',
    at: WORLD_TIME,
  });
  return answer ?? null;
}

function reasonFor(judged: Judged): string | undefined {
  return Object.entries(differences).find(([, explains]) => explains(judged))?.[0];
}

/** Why the two may differ, and when that is the case. */
const differences: Readonly<Record<string, (judged: Judged) => boolean>> = {
  'openssl goes on with the first issuer that fits by name and does not come back to try another':
    ({ ours, alone }) => ours.kind === 'verified' && (alone?.code === 0 || hasNamesakes(ours.path)),

  'a self-issued certificate whose key identifiers do not differ is self-signed to openssl, whoever signed it':
    ({ ours, alone }) => {
      const about = ours.kind === 'verified' && alone?.code === 19 ? ours.path[alone.depth] : null;
      return about != null && about.canonicalSubject === about.canonicalIssuer;
    },

  'a CA certificate is nobody here; openssl takes it as a leaf': ({ ours, openssl }) =>
    openssl.code === 0 && firstCause(ours) === 'ca-as-leaf',

  'a trust anchor is trusted as it is configured; openssl asks it for the marks and the key of a CA':
    ({ ours, alone }) =>
      ours.kind === 'verified' &&
      alone?.depth === ours.path.length - 1 &&
      anchorErrors.has(alone.code),

  'openssl goes through an issuer twice, by two of its certificates; a path has each once here': ({
    ours,
    openssl,
  }) => ours.kind === 'failed' && new Set(openssl.path).size < openssl.path.length,

  'a wildcard is excluded with any of the names that it stands for; openssl compares it as it stands':
    ({ leaf, ours, openssl }) =>
      openssl.code === 0 &&
      firstCause(ours) === 'name-constraint' &&
      leaf.certificate.subjectAltNames.some(
        (name) => name.kind === 'dns' && name.value.startsWith('*'),
      ),
};

/** openssl's X509_V_ERR_KEYUSAGE_NO_CERTSIGN, CA_KEY_TOO_SMALL, INVALID_CA. */
const anchorErrors: ReadonlySet<number> = new Set([32, 67, 79]);

function hasNamesakes(path: Path): boolean {
  const issuers = path.slice(1).map(({ canonicalSubject }) => canonicalSubject);
  return new Set(issuers).size < issuers.length;
}

function firstCause(verdict: ChainVerdict): string | null {
  return verdict.kind === 'failed' ? verdict.causes[0].code : null;
}

function described({ leaf, purpose, ours, openssl, alone }: Judged): string {
  const own = ours.kind === 'verified' ? 'good' : ours.causes.map((c) => `${c.code} (${c.detail})`);
  return `${purpose}: we say ${String(own)}, openssl ${openssl.code} at ${openssl.depth} (${openssl.text}), of our path ${alone?.code} at ${alone?.depth} (${alone?.text})\n${leaf.pem}`;
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
