# Makes every certificate that the commands below use, in the current folder.
set -e
ec="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

# root NAME SUBJECT
root() {
  openssl req -x509 $ec -keyout "$1.key" -out "$1.crt" -days 3650 -subj "$2"
}

# signed NAME CA SUBJECT [EXTENSION...]
signed() {
  name=$1 ca=$2 subject=$3
  shift 3
  for extension; do set -- "$@" -addext "$extension"; shift; done
  openssl req $ec -keyout "$name.key" -out "$name.csr" -subj "$subject" "$@"
  openssl x509 -req -in "$name.csr" -CA "$ca.crt" -CAkey "$ca.key" -CAcreateserial \
    -days 365 -copy_extensions copy -out "$name.crt"
}

# dated NAME SUBJECT FROM TO: with OpenSSL before 3.4 only its command ca can choose the dates
dated() {
  openssl req $ec -keyout "$1.key" -out "$1.csr" -subj "$2"
  touch index.txt
  cat > dated.cnf <<-END
	[ca]
	default_ca = dated
	[dated]
	database = index.txt
	new_certs_dir = .
	rand_serial = yes
	certificate = ca.crt
	private_key = ca.key
	default_md = sha256
	policy = any
	[any]
	commonName = supplied
	END
  openssl ca -batch -notext -config dated.cnf -startdate "$3" -enddate "$4" -in "$1.csr" -out "$1.crt"
}

client=extendedKeyUsage=clientAuth

root ca "/O=Example/CN=Example Root"
signed server ca "/CN=localhost" subjectAltName=DNS:localhost,IP:127.0.0.1 extendedKeyUsage=serverAuth
signed a-server ca "/CN=a.test" subjectAltName=DNS:a.test extendedKeyUsage=serverAuth
signed b-server ca "/CN=b.test" subjectAltName=DNS:b.test extendedKeyUsage=serverAuth
signed alice ca "/O=Example/OU=Clients/CN=alice" subjectAltName=email:alice@example.com $client
signed issuing ca "/O=Example/CN=Example Issuing CA" basicConstraints=critical,CA:TRUE
signed bob issuing "/CN=bob" $client
cat bob.crt issuing.crt > bob-chain.crt
root other-ca "/O=Elsewhere/CN=Elsewhere Root"
signed stranger other-ca "/CN=stranger" $client
root second-ca "/O=Example/CN=Example Root"
signed dave second-ca "/CN=dave" $client
signed partner-ca ca "/O=Partner/CN=Partner CA" basicConstraints=critical,CA:TRUE \
  "nameConstraints=critical,permitted;email:partner.example"
signed carol partner-ca "/CN=carol" subjectAltName=email:carol@elsewhere.example $client
cat carol.crt partner-ca.crt > carol-chain.crt
signed paula partner-ca "/CN=paula" subjectAltName=email:paula@partner.example $client
cat paula.crt partner-ca.crt > paula-chain.crt
signed purpose ca "/CN=web.example" extendedKeyUsage=serverAuth
signed ca-leaf ca "/CN=ca-leaf" basicConstraints=critical,CA:TRUE $client
signed critical ca "/CN=critical" 1.2.3.4=critical,ASN1:NULL $client
openssl x509 -req -in bob.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -sha1 -out sha1.crt
dated expired "/CN=expired" 20200101000000Z 20200201000000Z
dated future "/CN=future" 20990101000000Z 20991231000000Z
# No program issues such a certificate: its version, the first field, says 4.
openssl x509 -in alice.crt -outform der | LC_ALL=C sed 's/\xa0\x03\x02\x01\x02/\xa0\x03\x02\x01\x03/' |
  openssl x509 -inform der -out version4.crt
cp alice.key version4.key
