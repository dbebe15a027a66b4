import type { FuzzTarget } from '../support/fuzz.ts';
import { handshakeMessageTarget, transcriptTarget } from './targets/handshake-transcript.ts';

export const transcriptTargets: readonly FuzzTarget[] = [handshakeMessageTarget, transcriptTarget];
