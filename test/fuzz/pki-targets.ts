import type { FuzzTarget } from '../support/fuzz.ts';
import { certificateTarget } from './targets/certificate.ts';
import { certificateRequestTarget } from './targets/certificate-request.ts';
import { chainTarget } from './targets/chain.ts';
import { derTarget } from './targets/der.ts';
import { inspectedFileTarget } from './targets/inspected-file.ts';
import { nameDerTarget, nameTextTarget } from './targets/name.ts';
import { pemTarget } from './targets/pem.ts';
import { pkcs12ContentsTarget, pkcs12Target } from './targets/pkcs12.ts';
import { revocationListTarget } from './targets/revocation-list.ts';

export const pkiTargets: readonly FuzzTarget[] = [
  derTarget,
  certificateTarget,
  chainTarget,
  revocationListTarget,
  pemTarget,
  certificateRequestTarget,
  pkcs12Target,
  pkcs12ContentsTarget,
  nameTextTarget,
  nameDerTarget,
  inspectedFileTarget,
];
