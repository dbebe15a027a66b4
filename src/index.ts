// The package's front door: everything that its subpath exports have.
export * from './ca/index.ts';
export * from './client/index.ts';
export * from './identity/index.ts';
export * from './pki/index.ts';
export * from './server/index.ts';
