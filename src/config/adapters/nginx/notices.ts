import { type DirectiveTable, noticed, refused, taken } from '../meaning.ts';

// What each directive of nginx means here, for the program, its messages and its documentation.

const OWN = 'has no equivalent, and needs none';
const LOG = 'not taken over: events go to standard error, a line of JSON each';
const BOUNDS =
  'not taken over: what a connection may take is bounded by the limits of the listener, see docs/configuration.md';
const AS_GIVEN = 'not taken over: answers pass as the upstream or the file gives them';
const GO_WITHOUT = 'take it out to go without';

export const MAIN: DirectiveTable = {
  block: 'the top level',
  rows: [
    taken('http', 'the `server` blocks in it; a file of `server` blocks alone is taken as well'),
    taken('worker_processes', '`workers`'),
    noticed('stream mail rtmp', 'not taken over: nothing is listened on for it'),
    noticed(
      'user pid events load_module env daemon master_process worker_rlimit_nofile worker_rlimit_core worker_cpu_affinity worker_priority worker_shutdown_timeout working_directory timer_resolution lock_file pcre_jit thread_pool ssl_engine google_perftools_profiles debug_points',
      OWN,
    ),
    noticed('error_log', LOG),
  ],
};

export const HTTP: DirectiveTable = {
  block: '`http`',
  rows: [
    taken('server', 'a listener or one of `certificates`, with its `routes`'),
    taken('upstream', 'one of `upstreams`'),
    noticed(
      'map geo split_clients limit_req_zone limit_conn_zone proxy_cache_path log_format server_names_hash_max_size server_names_hash_bucket_size variables_hash_max_size variables_hash_bucket_size map_hash_max_size map_hash_bucket_size',
      'what it defines is not taken over; where something uses it, that is said there',
    ),
  ],
};

export const SERVER: DirectiveTable = {
  block: '`server`',
  rows: [
    taken(
      'listen',
      '`listen` of a listener. The default server becomes its `tls` and `routes`, the others become `certificates` with their own `listener` and `routes`. Without `ssl`: not listened on, which is said',
    ),
    taken(
      'server_name',
      '`snis`; `.x` is `x` and `*.x`. A wildcard stands for one label here, which is said; regular expressions and wildcards elsewhere are errors',
    ),
    taken(
      'location',
      'a route; exact ones first, then the longest prefix. Regular expressions are an error',
    ),
    taken('http2', 'HTTP/2 is always on'),
    noticed(
      'http3 http3_hq http3_max_concurrent_streams http3_stream_buffer_size quic_retry quic_gso quic_host_key quic_active_connection_id_limit',
      'HTTP/3 is not spoken',
    ),
    taken('ssl_reject_handshake', 'a listener without `tls`'),
  ],
};

/** Valid in `http` and `server`. */
export const TLS: DirectiveTable = {
  block: '`http` and `server`: TLS',
  rows: [
    taken('ssl', 'as if each `listen` said it'),
    taken('ssl_certificate', '`cert_file`; of several the first'),
    taken('ssl_certificate_key', '`key_file`; of several the first'),
    taken('ssl_client_certificate', '`ca_file`'),
    taken(
      'ssl_trusted_certificate',
      'not taken over where ssl_client_certificate is given: clients come from that one alone',
    ),
    taken(
      'ssl_verify_client',
      '`verify`; `optional_no_ca` is `observe`. nginx answers 400 where this ends the handshake or the connection',
    ),
    taken('ssl_verify_depth', '`depth`; 1 unless given, as in nginx'),
    taken('ssl_crl', '`crl_file`'),
    taken('ssl_protocols', '`min_version`; TLS 1.0 and 1.1 are never spoken'),
    refused('ssl_ocsp', `OCSP answers about client certificates are not asked for: ${GO_WITHOUT}`),
    refused('ssl_password_file', 'keys are read unencrypted: write the key without a passphrase'),
    noticed(
      'ssl_ciphers ssl_prefer_server_ciphers ssl_ecdh_curve ssl_dhparam ssl_conf_command',
      'not taken over: TLS 1.2 is spoken with forward secrecy and authenticated encryption only, TLS 1.3 with all its suites',
    ),
    noticed(
      'ssl_session_cache ssl_session_timeout ssl_session_tickets ssl_session_ticket_key ssl_early_data ssl_buffer_size ssl_ocsp_cache ssl_ocsp_responder',
      'not taken over: clients resume by sessions that are kept here, and are checked again each time; early data is not taken',
    ),
    noticed(
      'ssl_stapling ssl_stapling_verify ssl_stapling_file ssl_stapling_responder',
      'no OCSP answer is stapled to the server certificate',
    ),
  ],
};

/** Valid in `server` and `location`. */
export const ANSWERS: DirectiveTable = {
  block: '`server` and `location`: answers',
  rows: [
    taken('try_files', '`try_files`; a named location is an error'),
    taken('return', '`respond`; a redirect is an error'),
    taken(
      'if',
      'only `if ($ssl_client_verify != SUCCESS) { return 403; }`: `verify: true` of the route, or where it stands in `server`, of the certificate. Others are errors',
    ),
    refused('rewrite', 'requests keep the path that they came with: let the upstream do it'),
    refused('set', 'there are no variables here'),
  ],
};

/** Valid in `http`, `server` and `location`, and inherited. */
export const SETTINGS: DirectiveTable = {
  block: '`http`, `server` and `location`',
  rows: [
    taken('root', '`upstream: file:///DIRECTORY`'),
    taken('index', '`index`'),
    taken('default_type', '`content_type` of what `return` answers'),
    taken(
      'proxy_set_header grpc_set_header',
      '`headers` of the route; Host, X-Forwarded-For, -Proto and -Host are sent anyway',
    ),
    taken('proxy_ssl_certificate', '`upstreams.NAME.tls.cert_file`'),
    taken('proxy_ssl_certificate_key', '`upstreams.NAME.tls.key_file`'),
    taken('proxy_ssl_trusted_certificate', '`upstreams.NAME.tls.ca_file`'),
    taken('proxy_ssl_name', '`upstreams.NAME.tls.server_name`'),
    taken('proxy_ssl_verify', 'always on here'),
    noticed('proxy_ssl_server_name', 'the name is always sent, unless it is an IP address'),
    noticed(
      'proxy_ssl_verify_depth proxy_ssl_protocols proxy_ssl_ciphers proxy_ssl_session_reuse proxy_ssl_conf_command',
      "not taken over: towards upstreams TLS is spoken with node's defaults, and always verified",
    ),
    refused('proxy_ssl_crl', `revocation lists of upstreams are not read: ${GO_WITHOUT}`),
    refused(
      'proxy_ssl_password_file',
      'keys are read unencrypted: write the key without a passphrase',
    ),

    refused('allow deny satisfy', `access by address is not decided here: ${GO_WITHOUT}`),
    refused(
      'auth_basic auth_basic_user_file auth_request auth_request_set auth_jwt auth_jwt_key_file auth_delay',
      `passwords and tokens are not checked here: let clients be users by their certificates, or ${GO_WITHOUT}`,
    ),
    refused(
      'secure_link secure_link_md5 secure_link_secret valid_referers',
      `nothing here checks it: ${GO_WITHOUT}`,
    ),
    refused(
      'limit_req limit_conn limit_req_status limit_req_log_level limit_req_dry_run limit_conn_status limit_conn_log_level limit_conn_dry_run',
      `requests are not counted here; connections_per_address in the limits of a listener bounds connections: ${GO_WITHOUT}`,
    ),
    refused(
      'js_content js_access js_import js_set perl perl_set content_by_lua_block access_by_lua_block rewrite_by_lua_block content_by_lua_file access_by_lua_file',
      'programs in the configuration are not run',
    ),
    refused('mirror mirror_request_body', 'requests are not sent to a second place'),
    refused(
      'set_real_ip_from real_ip_header real_ip_recursive',
      'the address of a client is that of its connection; put nothing between, or let that speak TLS through',
    ),
    refused('dav_methods dav_access create_full_put_path', 'files are read only here'),

    noticed(
      'error_page recursive_error_pages proxy_intercept_errors',
      'not taken over: refusals are answered with application/problem+json',
    ),
    noticed(
      'access_log error_log log_not_found log_subrequest open_log_file_cache rewrite_log',
      LOG,
    ),
    noticed(
      'client_max_body_size client_body_timeout client_header_timeout client_body_buffer_size client_header_buffer_size large_client_header_buffers keepalive_timeout keepalive_requests keepalive_time send_timeout lingering_close lingering_time lingering_timeout reset_timedout_connection http2_max_concurrent_streams http2_max_field_size http2_max_header_size http2_max_requests http2_idle_timeout http2_recv_timeout http2_chunk_size http2_body_preread_size http2_recv_buffer_size',
      BOUNDS,
    ),
    noticed(
      'proxy_connect_timeout proxy_read_timeout proxy_send_timeout grpc_connect_timeout grpc_read_timeout grpc_send_timeout',
      'not taken over: see connect_timeout of upstreams and response_timeout in the limits of a listener',
    ),
    noticed(
      'proxy_buffering proxy_buffers proxy_buffer_size proxy_busy_buffers_size proxy_request_buffering proxy_http_version proxy_max_temp_file_size proxy_temp_file_write_size proxy_temp_path client_body_temp_path client_body_in_file_only proxy_socket_keepalive proxy_headers_hash_max_size proxy_headers_hash_bucket_size grpc_buffer_size fastcgi_temp_path uwsgi_temp_path scgi_temp_path proxy_ignore_client_abort proxy_limit_rate proxy_store proxy_force_ranges proxy_bind',
      'bodies are streamed to the upstream over HTTP/1.1, as they come',
    ),
    noticed(
      'proxy_cache proxy_cache_valid proxy_cache_key proxy_cache_bypass proxy_no_cache proxy_cache_methods proxy_cache_lock proxy_cache_use_stale proxy_cache_min_uses proxy_cache_revalidate proxy_cache_background_update proxy_cache_lock_timeout proxy_cache_lock_age',
      'nothing is cached',
    ),
    noticed(
      'proxy_next_upstream proxy_next_upstream_tries proxy_next_upstream_timeout grpc_next_upstream',
      'a request without a body is sent once more where the connection died without an answer; nothing else is repeated',
    ),
    taken('add_header', 'an error where browsers rely on the field for protection, otherwise said'),
    noticed(
      'expires etag if_modified_since add_trailer proxy_hide_header proxy_pass_header proxy_ignore_headers proxy_cookie_path proxy_cookie_domain proxy_cookie_flags proxy_redirect gzip gzip_types gzip_min_length gzip_comp_level gzip_proxied gzip_vary gzip_disable gzip_buffers gzip_http_version gzip_static gunzip brotli brotli_types brotli_comp_level brotli_static charset charset_types source_charset override_charset types types_hash_max_size types_hash_bucket_size sub_filter sub_filter_once sub_filter_types ssi',
      AS_GIVEN,
    ),
    noticed(
      'autoindex autoindex_exact_size autoindex_localtime autoindex_format',
      'directories are never listed',
    ),
    noticed(
      'server_tokens sendfile sendfile_max_chunk tcp_nopush tcp_nodelay aio aio_write directio directio_alignment output_buffers read_ahead postpone_output open_file_cache open_file_cache_valid open_file_cache_min_uses open_file_cache_errors absolute_redirect server_name_in_redirect port_in_redirect msie_padding msie_refresh chunked_transfer_encoding connection_pool_size request_pool_size max_ranges subrequest_output_buffer_size keepalive_disable resolver resolver_timeout underscores_in_headers ignore_invalid_headers merge_slashes disable_symlinks limit_rate limit_rate_after uninitialized_variable_warn proxy_pass_request_headers proxy_pass_request_body http2_push http2_push_preload',
      OWN,
    ),
  ],
};

export const LOCATION: DirectiveTable = {
  block: '`location`',
  rows: [
    taken(
      'proxy_pass',
      '`upstream`; a path after the host is taken where it is that of the location, otherwise it is an error',
    ),
    taken('grpc_pass', '`upstream: h2c://...`'),
    taken('alias', 'as `root`, where it ends in the path of the location; otherwise an error'),
    taken('internal', 'the location is left out'),
    noticed('stub_status', 'the location is left out'),
    refused('location', 'locations in locations are not read: write them side by side'),
    refused('limit_except', 'write a route for each group of methods'),
    refused(
      'fastcgi_pass uwsgi_pass scgi_pass memcached_pass empty_gif flv mp4 random_index perl_handler image_filter',
      'what answers here is not spoken to: let it answer HTTP',
    ),
    noticed(
      'fastcgi_param fastcgi_index fastcgi_split_path_info uwsgi_param scgi_param fastcgi_read_timeout fastcgi_buffers fastcgi_buffer_size',
      'belongs to a protocol that is not spoken',
    ),
  ],
};

export const UPSTREAM: DirectiveTable = {
  block: '`upstream`',
  rows: [
    taken('server', '`url`; more than one is an error'),
    taken('keepalive', '`max_idle`'),
    noticed('keepalive_timeout', 'not taken over: see idle_timeout of upstreams'),
    noticed(
      'zone least_conn ip_hash hash random keepalive_requests keepalive_time resolver resolver_timeout sticky ntlm state queue',
      OWN,
    ),
  ],
};
