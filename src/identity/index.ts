export { type Candidate, candidateIdentities, type DnRule } from './candidate.ts';
export { createUserDirectory, type Principal, type UserDirectory } from './user-directory.ts';
