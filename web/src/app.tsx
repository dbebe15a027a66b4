import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { AccessPage } from './access/access-page.tsx';
import { AuthorityPage } from './authority/authority-page.tsx';
import { IssuePage } from './authority/issue-page.tsx';
import { IssuedPage } from './authority/issued-page.tsx';
import { TokenPage } from './authority/token-page.tsx';
import { CertificatePage } from './certificates/certificate-page.tsx';
import { CertificatesPage } from './certificates/certificates-page.tsx';
import { ClientsPage } from './clients/clients-page.tsx';
import { ExplainPage } from './explain/explain-page.tsx';
import { HandshakePage } from './handshakes/handshake-page.tsx';
import { HandshakesPage } from './handshakes/handshakes-page.tsx';
import { place } from './navigation/location.ts';
import { Shell } from './navigation/shell.tsx';
import { OverviewPage } from './overview/overview-page.tsx';
import { begin } from './session/session.ts';
import { LoginPage } from './session/login-page.tsx';
import { session } from './session/state.ts';

export function App(): JSX.Element | null {
  useEffect(() => void begin(), []);
  switch (session.value) {
    case 'unknown':
      return null;
    case 'out':
      return <LoginPage />;
    case 'in':
      return (
        <Shell>
          <Page />
        </Shell>
      );
  }
}

function Page(): JSX.Element {
  const [section, id] = place.value.parts;
  switch (section) {
    case 'certificates':
      return id === undefined ? <CertificatesPage /> : <CertificatePage key={id} id={id} />;
    case 'authority':
      return <Authority />;
    case 'handshakes':
      return id === undefined ? <HandshakesPage /> : <HandshakePage key={id} id={id} />;
    case 'clients':
      return <ClientsPage />;
    case 'explain':
      return <ExplainPage />;
    case 'access':
      return <AccessPage />;
    default:
      return <OverviewPage />;
  }
}

function Authority(): JSX.Element {
  const [, part, serial] = place.value.parts;
  if (part === 'issue') return <IssuePage />;
  if (part === 'token') return <TokenPage />;
  if (serial !== undefined) return <IssuedPage key={serial} serial={serial} />;
  return <AuthorityPage part={part === 'tokens' ? part : 'certificates'} />;
}
