// What a process holds in memory, as the kernel counts it.
import { readFileSync, writeFileSync } from 'node:fs';

/** Resident now, MB (10^6 bytes). */
export function residentMb(pid: number): number {
  return field(pid, 'VmRSS');
}

/** The most that was resident since `forgetPeak`, MB. */
export function peakMb(pid: number): number {
  return field(pid, 'VmHWM');
}

export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function field(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return Math.round((Number(kibibytes) * 1024) / 100_000) / 10;
}
