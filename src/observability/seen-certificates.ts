import { family, sample } from './metric-catalog.ts';
import { label, type MetricFamily } from './metric-families.ts';

/** Client certificates that one process tells apart; of more, those not seen for longest are left out. */
const MAX_SEEN = 10_000;
const ENOUGH_SEEN = 9500;
const DAY_MS = 86_400_000;
/** Of the fingerprint's hex: what a number holds exactly. Two of ten thousand agree in it once in millions of gateways. */
const KEY_DIGITS = 12;
const WITHIN_DAYS = [1, 7, 30, 90, Number.POSITIVE_INFINITY];

/** The client certificates that a process has seen, to be put together with those of others. */
export interface SeenCertificates {
  /** Which they are; each stands for one fingerprint. */
  readonly keys: Float64Array;
  /** When each expires, in milliseconds since the epoch. */
  readonly notAfter: Float64Array;
}

/** Remembers which client certificates were admitted, bounded. */
export class CertificateMemory {
  readonly #notAfter = new Map<string, number>();

  see({
    fingerprint,
    notAfter,
  }: {
    readonly fingerprint: string;
    readonly notAfter: number;
  }): void {
    const seen = this.#notAfter;
    seen.delete(fingerprint);
    seen.set(fingerprint, notAfter);
    if (seen.size > MAX_SEEN) this.#makeRoom();
  }

  /** For many at once: a map goes over what was deleted from it each time its oldest entry is looked for. */
  #makeRoom(): void {
    for (const oldest of this.#notAfter.keys()) {
      if (this.#notAfter.size <= ENOUGH_SEEN) break;
      this.#notAfter.delete(oldest);
    }
  }

  get all(): SeenCertificates {
    const keys = [...this.#notAfter.keys()].map((hex) =>
      Number.parseInt(hex.slice(0, KEY_DIGITS), 16),
    );
    return { keys: Float64Array.from(keys), notAfter: Float64Array.from(this.#notAfter.values()) };
  }
}

/** How many of them expire when, those of all processes together, each once. `at`: milliseconds since the epoch. */
export function expiryFamilies(seen: readonly SeenCertificates[], at: number): MetricFamily[] {
  const expiries = new Map<number, number>();
  for (const { keys, notAfter } of seen) {
    for (const [index, key] of keys.entries()) expiries.set(key, notAfter[index]);
  }
  const counts = WITHIN_DAYS.map(() => 0);
  let next = Number.POSITIVE_INFINITY;
  for (const notAfter of expiries.values()) {
    const days = (notAfter - at) / DAY_MS;
    // What has expired is refused, and counted there.
    if (days < 0) continue;
    next = Math.min(next, days);
    for (const [index, within] of WITHIN_DAYS.entries()) if (days <= within) counts[index]++;
  }
  return [
    family(
      'clientsExpiring',
      WITHIN_DAYS.map((days, index) =>
        sample(
          label('within_days', days === Number.POSITIVE_INFINITY ? 'any' : `${days}`),
          counts[index],
        ),
      ),
    ),
    family('nextClientExpiry', next === Number.POSITIVE_INFINITY ? [] : [sample('', next)]),
  ];
}
