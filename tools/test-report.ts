// What a test run prints: a line a file, each failure with its cause, what was skipped and why, the
// failed files, and node:test's own closing lines last.
import { relative } from 'node:path';
import type { TestsStream } from 'node:test';
import { inspect } from 'node:util';

/** Prints the run as it goes; resolves to whether every test passed. */
export async function report(stream: TestsStream, out: NodeJS.WritableStream): Promise<boolean> {
  const path: string[] = [];
  const failedFiles = new Set<string>();
  const skips = new Map<string, number>();
  const closing: string[] = [];
  for await (const event of stream) {
    switch (event.type) {
      case 'test:start':
        path.length = event.data.nesting;
        path.push(event.data.name);
        break;
      case 'test:pass':
        if (typeof event.data.skip === 'string') {
          skips.set(event.data.skip, (skips.get(event.data.skip) ?? 0) + 1);
        }
        break;
      case 'test:fail': {
        if (event.data.todo !== undefined) break;
        failedFiles.add(fileOf(event.data));
        const error: FailureError = event.data.details.error;
        if (error.failureType === 'subtestsFailed') break;
        path.length = Math.min(path.length, event.data.nesting);
        out.write(failureText(event.data, [...path, event.data.name], error));
        break;
      }
      case 'test:summary': {
        const { file, success, counts, duration_ms: durationMs } = event.data;
        if (file === undefined) break;
        if (!success) failedFiles.add(relative('.', file));
        const seconds = (durationMs / 1000).toFixed(1);
        const mark = success ? '\u2714' : '\u2716';
        out.write(`${mark} ${relative('.', file)}  ${counts.tests} tests, ${seconds} s\n`);
        break;
      }
      case 'test:diagnostic':
        if (
          /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(
            event.data.message,
          )
        ) {
          closing.push(`\u2139 ${event.data.message}\n`);
        } else {
          out.write(`  ${event.data.message}\n`);
        }
        break;
      case 'test:stdout':
      case 'test:stderr':
        out.write(event.data.message);
        break;
      default:
    }
  }
  for (const [reason, count] of skips) out.write(`skipped ${count}: ${reason}\n`);
  if (failedFiles.size > 0) {
    out.write(
      `\nfailed:\n${[...failedFiles]
        .toSorted()
        .map((file) => `  ${file}\n`)
        .join('')}`,
    );
  }
  out.write(closing.join(''));
  return failedFiles.size === 0;
}

type FailureError = Error & { failureType?: string };

interface TestPlace {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly name: string;
}

function fileOf(place: TestPlace): string {
  return relative('.', place.file ?? place.name);
}

function failureText(place: TestPlace, path: readonly string[], error: FailureError): string {
  const where = place.line === undefined ? fileOf(place) : `${fileOf(place)}:${place.line}`;
  const cause = error.cause ?? error;
  const detail = typeof cause === 'string' ? cause : inspect(cause);
  return `\u2716 ${where}  ${path.join(' > ')}\n${detail.replace(/^/gm, '    ')}\n`;
}
