// Reads what --cpu-prof wrote: where the time went, by function.
import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** For each profile in a folder: its path, and the functions that took most time themselves. */
export function profileText(folder: string): string {
  return globSync(join(folder, '*.cpuprofile'))
    .map((file) => `${file}\n${topFunctions(JSON.parse(readFileSync(file, 'utf8')) as CpuProfile)}`)
    .join('\n');
}

// Starting and warming up take about the first third of a run.
const STEADY_FROM = 0.35;

function topFunctions({ nodes, samples, timeDeltas }: CpuProfile): string {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  const length = timeDeltas.reduce((sum, delta) => sum + delta, 0);
  let elapsed = 0;
  for (const [index, id] of samples.entries()) {
    elapsed += timeDeltas[index] ?? 0;
    if (elapsed < length * STEADY_FROM) continue;
    const name = names.get(id) ?? '?';
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0));
  }
  times.delete('(idle)');
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 40)
    .map(([name, time]) => `${((time / total) * 100).toFixed(1).padStart(6)} %  ${name}\n`)
    .join('');
}

function nameOf(frame: CpuProfile['nodes'][number]['callFrame']): string {
  const name = frame.functionName === '' ? '(anonymous)' : frame.functionName;
  if (frame.url === '') return name;
  const file = frame.url.startsWith('file:') ? relative('.', fileURLToPath(frame.url)) : frame.url;
  return `${name}  ${file}:${frame.lineNumber + 1}`;
}
