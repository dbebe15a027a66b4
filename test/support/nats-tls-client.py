"""NATS by Python's ssl module: CAFILE CERTFILE KEYFILE PORT LINE...; "-" for no certificate.

Reads INFO in the clear, starts TLS, sends each LINE, and prints what comes until PONG or the end.
"""
import socket
import ssl
import sys

ca_file, cert_file, key_file, port, *lines = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.verify_mode = ssl.CERT_REQUIRED
context.load_verify_locations(ca_file)
if cert_file != "-":
    context.load_cert_chain(certfile=cert_file, keyfile=key_file)
try:
    with socket.create_connection(("127.0.0.1", int(port)), timeout=20) as raw:
        info = b""
        while not info.endswith(b"\r\n"):
            info += raw.recv(1)
        print(info[:4].decode())
        with context.wrap_socket(raw, server_hostname="localhost") as tls:
            tls.sendall("".join(f"{line}\r\n" for line in lines).encode())
            answer = b""
            while b"PONG\r\n" not in answer and (chunk := tls.recv(65536)):
                answer += chunk
            sys.stdout.write(answer.decode())
except ssl.SSLError as error:
    print("SSLError", error.reason)
    sys.exit(1)
except ConnectionError as error:
    print(type(error).__name__)
    sys.exit(1)
