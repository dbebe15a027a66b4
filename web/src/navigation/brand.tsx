import type { JSX } from 'preact';

export function Brand(): JSX.Element {
  return (
    <span class="brand">
      <img src="/icon.svg" alt="" />
      Countersign
    </span>
  );
}
