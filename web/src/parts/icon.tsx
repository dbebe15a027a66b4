import type { JSX } from 'preact';

const PATHS = {
  overview: 'M4 13h4l2.500-8 4 14 2.500-6h3',
  certificate: 'M5 4h14v11H5zM8 8h8M8 11h5M10 15v6l2-1.500 2 1.500v-6',
  authority:
    'M12 3l7.500 3v5.500c0 4.500-3 7.500-7.500 9.500-4.500-2-7.500-5-7.500-9.500V6zM9 12l2.200 2.200L15.500 10',
  handshakes: 'M3 8h13l-3-3M21 16H8l3 3',
  clients: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.500 20a7.500 7.500 0 0 1 15 0',
  explain:
    'M9.500 9a2.700 2.700 0 1 1 4 2.400c-1 .6-1.500 1.200-1.500 2.300M12 17.200v.1M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18',
  routes: 'M6 5a2 2 0 1 0 0 .01M18 19a2 2 0 1 0 0 .01M6 7v4a4 4 0 0 0 4 4h4a4 4 0 0 1 4 2',
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6 6 18',
  copy: 'M9 9h10v11H9zM5 15V4h10',
  check: 'm5 12.500 4.500 4.500L19 7.500',
  cross: 'M7 7l10 10M17 7 7 17',
  back: 'm14 6-6 6 6 6',
  menu: 'M4 7h16M4 12h16M4 17h16',
  up: 'm7 14 5-5 5 5',
  down: 'm7 10 5 5 5-5',
  download: 'M12 4.500v11M7.500 11.500 12 16l4.500-4.500M5 19.500h14',
  upload: 'M12 16V5M7.500 9 12 4.500 16.500 9M5 19h14',
  warning: 'M12 4 2.500 20h19zM12 10v4.500M12 17.300v.1',
  leave: 'M10 5H5v14h5M14 8l4 4-4 4M18 12H9',
} as const;

export type IconName = keyof typeof PATHS;

/** Beside a text that says the same: it is hidden from screen readers. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
