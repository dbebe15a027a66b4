export {
  type ClientIdentity,
  type ClientSource,
  type MutualTls,
  type MutualTlsOptions,
  mutualTls,
} from './mutual-tls.ts';
