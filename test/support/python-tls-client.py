"""A client by Python's ssl module: CAFILE CERTFILE KEYFILE PORT PATH; "-" for no certificate."""
import socket
import ssl
import sys

ca_file, cert_file, key_file, port, path = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.verify_mode = ssl.CERT_REQUIRED
context.load_verify_locations(ca_file)
if cert_file != "-":
    context.load_cert_chain(certfile=cert_file, keyfile=key_file)
try:
    with socket.create_connection(("127.0.0.1", int(port)), timeout=20) as raw:
        with context.wrap_socket(raw, server_hostname="localhost") as tls:
            print(tls.version())
            request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
            tls.sendall(request.encode())
            answer = b""
            while chunk := tls.recv(65536):
                answer += chunk
            sys.stdout.write(answer.decode())
except ssl.SSLError as error:
    print("SSLError", error.reason)
    sys.exit(1)
