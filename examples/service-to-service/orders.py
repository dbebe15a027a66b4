# The calling service. It knows nothing of TLS either: the other end is a port of this machine.
from urllib.error import HTTPError
from urllib.request import urlopen

try:
    print(urlopen("http://127.0.0.1:9080/screws").read().decode(), end="")
except HTTPError as error:
    print(error.read().decode(), end="")
