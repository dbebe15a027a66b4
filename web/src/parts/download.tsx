import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icon.tsx';

interface DownloadProps {
  /** Of the file. */
  readonly name: string;
  readonly text: string | Uint8Array<ArrayBuffer>;
  readonly label: string;
  readonly look?: 'primary' | 'plain' | 'small';
}

/** A file that is here already, to be kept by the browser. */
export function Download({ name, text, label, look = 'small' }: DownloadProps): JSX.Element {
  const [address, setAddress] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [text]);
  return (
    <a class={look === 'plain' ? 'button' : `button ${look}`} href={address} download={name}>
      <Icon name="download" />
      {label}
    </a>
  );
}
