// Fuzzing, seeded and repeatable: changed inputs are given to what is tested, and none may make it
// fail, work longer than in proportion to its length, or keep memory.
import assert from 'node:assert/strict';
import { isPromise } from 'node:util/types';
import { createContext, Script } from 'node:vm';
import { heldMemory } from './held-memory.ts';
import { byteMutations, mutated, type Mutation } from './mutation.ts';
import { Random } from './random.ts';

export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs, of every kind that there is. */
  readonly corpus: readonly Buffer[];
  /** Pieces that mean something to what is tested, known-bad ones among them. */
  readonly tokens: readonly (string | Buffer)[];
  /** Default: by bytes. */
  readonly mutations?: readonly Mutation[];
  /** Longest input, in bytes. Default 64 KiB. */
  readonly longest?: number;
  /** What may be spent on each byte of an input, beyond 50 ms for each case. Default 2. */
  readonly microsecondsPerByte?: number;
  /**
   * Gives the input to what is tested and throws where it does wrong. True: the input was accepted.
   * Must do the same for the same input and random numbers.
   */
  readonly check: (input: Buffer, random: Random) => boolean | Promise<boolean>;
}

export interface FuzzPlan {
  readonly cases: number;
  readonly seed: number;
  /** Only this case of the run. */
  readonly only?: number | undefined;
}

/**
 * What the environment says of a run: FUZZ_SEED (`npm test -- --seed N`) repeats one, FUZZ_CASE a
 * single case of it. Without them a run of `npm test` is always the same, and a long one never is.
 */
export function fuzzPlan(cases: number, kind: 'short' | 'long'): FuzzPlan {
  const seed = process.env['FUZZ_SEED'] ?? (kind === 'short' ? 1 : Date.now() % 1_000_000);
  const only = process.env['FUZZ_CASE'];
  return { cases, seed: Number(seed), ...(only === undefined ? {} : { only: Number(only) }) };
}

/** Runs the plan. Rejects with the seed, the number of the case and its input, made small. */
export async function fuzz(target: FuzzTarget, { cases, seed, only }: FuzzPlan): Promise<void> {
  const runner = new Runner(target, seed);
  for (const input of target.corpus) {
    const outcome = await runner.accepts(input, new Random(seed));
    assert.ok(outcome, `${target.name} refuses what is valid: ${shown(input)}`);
  }
  if (only !== undefined) return runner.run(only, only + 1);
  const warm = Math.ceil(cases / 4);
  await runner.run(0, warm);
  const before = heldMemory();
  await runner.run(warm, cases);
  const kept = heldMemory() - before;
  assert.ok(kept < MAX_KEPT_BYTES, `${target.name} kept ${kept} bytes of ${cases - warm} cases`);
  const { accepted } = runner;
  assert.ok(accepted > cases / 200, `${target.name}: only ${accepted} of ${cases} were accepted`);
  assert.ok(accepted < cases, `${target.name}: nothing was refused`);
}

const MAX_KEPT_BYTES = 6 * 1024 * 1024;
const CASE_MICROSECONDS = 50_000;
/** A loop without end is broken off; nothing else comes near. */
const STUCK_MS = 20_000;
const BATCH = 100;
const SHRINK_MS = 5000;

class Runner {
  accepted = 0;
  readonly #target: FuzzTarget;
  readonly #seed: number;
  readonly #material;
  readonly #mutations: readonly Mutation[];

  constructor(target: FuzzTarget, seed: number) {
    this.#target = target;
    this.#seed = seed;
    this.#mutations = target.mutations ?? byteMutations;
    this.#material = {
      corpus: target.corpus,
      tokens: target.tokens.map((token) =>
        typeof token === 'string' ? Buffer.from(token, 'latin1') : token,
      ),
      longest: target.longest ?? 65_536,
    };
  }

  async run(from: number, to: number): Promise<void> {
    let at = from;
    let input: Buffer = Buffer.alloc(0);
    const batch = (): Promise<boolean> | null => {
      for (const end = Math.min(to, at + BATCH); at < end; at++) {
        const random = new Random(this.#seed, at);
        input = mutated(this.#mutations, random, this.#material);
        const result = this.#timed(input, random);
        if (isPromise(result)) return result;
        if (result) this.accepted++;
      }
      return null;
    };
    while (at < to) {
      try {
        const pending = bounded(batch);
        if (pending === null) continue;
        if (await pending) this.accepted++;
        at++;
      } catch (error) {
        throw await this.#failure(error, at, input);
      }
    }
  }

  async accepts(input: Buffer, random: Random): Promise<boolean> {
    return this.#target.check(Buffer.from(input), random);
  }

  /** A collection of garbage may fall into one try, not into three. */
  #timed(input: Buffer, random: Random): boolean | Promise<boolean> {
    const limit =
      CASE_MICROSECONDS + input.length * (this.#target.microsecondsPerByte ?? DEFAULT_PER_BYTE);
    const before = random.copy();
    for (let tries = 1; ; tries++) {
      const started = process.threadCpuUsage();
      const result = this.#target.check(Buffer.from(input), before.copy());
      if (isPromise(result)) return result;
      const { user, system } = process.threadCpuUsage(started);
      if (user + system <= limit) return result;
      assert.ok(tries < 3, `${input.length} bytes took ${user + system} us`);
    }
  }

  async #failure(error: unknown, at: number, input: Buffer): Promise<Error> {
    const message = error instanceof Error ? error.message : String(error);
    const small = isStuck(error) ? input : await this.#shrink(input, at, message);
    const repeat = `FUZZ_SEED=${this.#seed} FUZZ_CASE=${at}`;
    return new Error(`${this.#target.name}, ${repeat}: ${message}\ninput: ${shown(small)}`, {
      cause: error,
    });
  }

  /** Leaves out what the failure doesn't need. */
  async #shrink(input: Buffer, at: number, message: string): Promise<Buffer> {
    let small = input;
    const end = performance.now() + SHRINK_MS;
    for (let size = small.length >> 1; size > 0; size >>= 1) {
      for (let from = 0; from < small.length && performance.now() < end; ) {
        const less = Buffer.concat([small.subarray(0, from), small.subarray(from + size)]);
        if (await this.#failsAlike(less, at, message)) small = less;
        else from += size;
      }
    }
    return small;
  }

  async #failsAlike(input: Buffer, at: number, message: string): Promise<boolean> {
    try {
      const result = this.#timed(input, new Random(this.#seed, at));
      if (isPromise(result)) await result;
      return false;
    } catch (error) {
      // The rest of the message may quote the input.
      return (error as Error).message.slice(0, 12) === message.slice(0, 12);
    }
  }
}

const DEFAULT_PER_BYTE = 2;

/** Runs a function of ours under the watch of node:vm, which breaks off even a pattern without end. */
function bounded<T>(run: () => T): T {
  let result: { value: T } | null = null;
  let thrown: { error: unknown } | null = null;
  context['run'] = () => {
    try {
      result = { value: run() };
    } catch (error) {
      thrown = { error };
    }
  };
  script.runInContext(context, { timeout: STUCK_MS });
  if (thrown !== null) throw (thrown as { error: unknown }).error;
  return (result as unknown as { value: T }).value;
}

const context: Record<string, unknown> = createContext({});
const script = new Script('run()');

function isStuck(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

/** As a literal where it is text, in hex where it isn't; cut where the numbers say enough. */
function shown(input: Buffer): string {
  const isText = input.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 10 || byte === 13);
  const text = isText ? JSON.stringify(input.toString('latin1')) : `hex ${input.toString('hex')}`;
  return text.length > 4000 ? `${text.slice(0, 4000)}... (${input.length} bytes)` : text;
}
