import { useEffect, useRef } from 'preact/hooks';
import type { HandshakeSummary } from '../api/types.ts';

/** What has come is handed on together, so that a burst is drawn once, milliseconds. */
const GATHER_MS = 250;
const KIND = 'handshake';

/**
 * Hands on the handshakes that happen from now on, as long as `isOn`; the browser connects again by
 * itself, and the gateway makes up for what was missed meanwhile.
 */
export function useHandshakeEvents(
  isOn: boolean,
  onEvents: (events: readonly HandshakeSummary[]) => void,
): void {
  const handler = useRef(onEvents);
  handler.current = onEvents;
  useEffect(() => {
    if (!isOn) return undefined;
    const source = new EventSource(`/v1/events?${new URLSearchParams({ kinds: KIND })}`);
    let waiting: HandshakeSummary[] = [];
    let timer: number | undefined;
    source.addEventListener(KIND, ({ data }: MessageEvent<string>) => {
      waiting.push(JSON.parse(data) as HandshakeSummary);
      timer ??= setTimeout(() => {
        timer = undefined;
        const events = waiting;
        waiting = [];
        handler.current(events);
      }, GATHER_MS);
    });
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, [isOn]);
}
