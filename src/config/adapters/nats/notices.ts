import { type DirectiveTable, noticed, refused, taken } from '../meaning.ts';

// What each directive of nats-server means here, for the program, its messages and its documentation.

const UPSTREAM = 'belongs to the upstream: keep it in the configuration of nats-server';
const OWN_LISTENER = `${UPSTREAM}, which listens there itself; countersign stands in front of the client port alone`;

export const TOP: DirectiveTable = {
  block: 'the top level',
  rows: [
    taken('listen', '`listen` of the listener; `0.0.0.0` is every address, as in nats-server'),
    taken('port', '`listen` of the listener; 4222 unless given; -1 is any free port'),
    taken('host net', '`listen` of the listener; every address unless given'),
    taken('tls', '`tls` of the listener'),
    taken('authorization', '`authorization.users`'),
    taken(
      'accounts',
      'the users of every account become `authorization.users`; the accounts themselves belong to the upstream, where each client is the user that it is mapped to',
    ),
    taken('max_connections max_conn', '`limits.connections` of the listener'),
    taken(
      'max_control_line',
      '`limits.control_line` of the listener; lines that the upstream takes are no longer than what stands in its own configuration',
    ),
    noticed(
      'max_payload',
      'the limit is what the upstream says in its INFO: keep it in the configuration of nats-server',
    ),
    noticed(
      'allow_non_tls',
      'every client speaks TLS here; plain connections are closed, whatever it says',
    ),
    refused(
      'no_auth_user',
      'clients without credentials would become this user at the upstream: take it out here, and keep it there if that is what is meant',
    ),
    refused(
      'operator operators root roots root_operator root_operators trusted trusted_keys',
      'clients prove by JWT who they are, which the upstream alone can check: keep it in the configuration of nats-server and take it out here',
    ),
    noticed(
      'cluster gateway leaf leafnodes websocket ws mqtt http https http_port monitor_port https_port prof_port',
      OWN_LISTENER,
    ),
    noticed(
      'jetstream store_dir storedir mappings maps max_pending max_subscriptions max_subs max_sub_tokens max_subscription_tokens ping_interval ping_max write_deadline no_fast_producer_stall disable_sublist_cache no_sublist_cache lame_duck_duration lame_duck_grace_period server_name server_tags client_advertise default_js_domain connect_error_reports reconnect_error_reports resolver account_resolver accounts_resolver resolver_tls resolver_preload resolver_pinned_accounts system_account system no_system_account no_system no_sys_acc http_base_path max_closed_clients',
      UPSTREAM,
    ),
    noticed(
      'debug trace trace_verbose logtime logtime_utc logfile log_file logfile_size_limit log_size_limit logfile_max_num log_max_num syslog remote_syslog pidfile pid_file ports_file_dir max_traced_msg_len',
      `${UPSTREAM}; countersign logs to standard error`,
    ),
    noticed('ocsp ocsp_cache', 'no OCSP answer is stapled to the server certificate'),
  ],
};

export const TLS: DirectiveTable = {
  block: '`tls`',
  rows: [
    taken('cert_file', '`tls.cert_file`'),
    taken('key_file', '`tls.key_file`'),
    taken(
      'ca_file',
      '`tls.ca_file`; where it is not given, nats-server trusts the public roots, which is an error here',
    ),
    taken('verify', '`tls.verify`'),
    taken('verify_and_map', '`tls.verify_and_map`, with `identity.dn: nats`'),
    taken('timeout', '`tls.timeout`; seconds, or text with a unit'),
    taken('min_version', '`tls.min_version`'),
    taken('pinned_certs', '`tls.pinned_certs`'),
    taken('handshake_first first immediate', '`tls.handshake_first`; only true or false'),
    noticed(
      'cipher_suites',
      'not taken over: TLS 1.2 is spoken with forward secrecy and authenticated encryption only, TLS 1.3 with all its suites',
    ),
    noticed(
      'curve_preferences',
      'not taken over: X25519MLKEM768, X25519, P-256 and what else OpenSSL has by default',
    ),
    noticed(
      'connection_rate_limit',
      'not taken over: the handshakes in flight are bounded instead, see limits.handshakes',
    ),
    noticed('insecure', 'has no meaning for clients: nats-server uses it where it connects itself'),
    refused(
      'verify_cert_and_check_known_urls',
      'is for routes, gateways and leaf nodes, and nothing here checks it for clients',
    ),
    refused(
      'ocsp_peer',
      'OCSP answers about client certificates are not asked for: take it out to go without',
    ),
    refused(
      'cert_store cert_match cert_match_by cert_match_skip_invalid ca_certs_match',
      'the certificate store of Windows is not read: name files by cert_file, key_file and ca_file',
    ),
    refused('certs', 'several certificates are not taken over: name one by cert_file and key_file'),
  ],
};

const PASSWORDS =
  'without users that certificates are mapped to, only the upstream can check it: keep it in the configuration of nats-server and take it out here';

export const AUTHORIZATION: DirectiveTable = {
  block: '`authorization`',
  rows: [
    taken('users', '`authorization.users`'),
    taken('default_permissions default_permission', 'the permissions of users without their own'),
    noticed('timeout', 'not taken over: a client has 3 seconds from INFO to its CONNECT'),
    refused(
      'user username',
      `a single user is not one that certificates are mapped to: write users = [ {user: ...} ]; ${PASSWORDS}`,
    ),
    refused('pass password', PASSWORDS),
    refused('token', PASSWORDS),
    refused('auth_callout', PASSWORDS),
    refused('proxy_required', PASSWORDS),
  ],
};

export const ACCOUNT: DirectiveTable = {
  block: 'an account',
  rows: [
    taken('users', '`authorization.users`'),
    taken('default_permissions', 'the permissions of users without their own'),
    noticed(
      'exports imports jetstream limits mappings maps nkey cluster_traffic msg_trace trace_dest',
      UPSTREAM,
    ),
  ],
};

export const USER: DirectiveTable = {
  block: 'a user',
  rows: [
    taken('user username', '`user`'),
    taken(
      'pass password',
      '`password`, which the client must send as well, and `upstream.password`; a bcrypt hash is an error, as it could not be given to the upstream',
    ),
    taken('permissions permission authorization', '`nats`'),
    taken(
      'allowed_connection_types connection_types clients',
      'a user who may not come by STANDARD connections is left out',
    ),
    noticed(
      'nkey',
      'left out: certificates are not mapped to nkeys, and clients that prove one are not admitted without a user',
    ),
    refused('proxy_required', 'nothing here checks it: take it out to go without'),
  ],
};

export const PERMISSIONS: DirectiveTable = {
  block: '`permissions`',
  rows: [
    taken('publish pub import', '`nats.publish`'),
    taken('subscribe sub export', '`nats.subscribe`'),
    taken('allow_responses publish_allow_responses', '`nats.allow_responses`'),
  ],
};
