# Usage: client.py URL [CA]
import ssl
import sys
import urllib.request

ca = sys.argv[2] if len(sys.argv) > 2 else ".countersign/ca.crt"
context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=ca)
context.load_cert_chain(".countersign/python.crt", ".countersign/python.key")

with urllib.request.urlopen(sys.argv[1], context=context) as response:
    print(response.read().decode())
