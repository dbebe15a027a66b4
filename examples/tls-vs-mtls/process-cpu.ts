import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** CPU time that a process has used so far, user and system, in milliseconds; counted in steps of 10. */
export function processCpuMs(pid: number): number {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

const TICK_MS = 10;

function fromProc(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The command's name stands in parentheses and may hold anything; the fields after it are numbers.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** `[hours:]minutes:seconds.hundredths`, as ps prints it on macOS and the BSDs. */
function fromPs(pid: number): number {
  const text = execFileSync('ps', ['-o', 'time=', '-p', `${pid}`], { encoding: 'utf8' }).trim();
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) * 1000;
}
