"""
Writes down every return that the master's event bus tells of, by its tag as it stands in the bytes:
the truth of what was told, without any other reader's framing or decoding. Connects anew as soon as
a bus that ended is back.
"""

import os
import re
import socket
import sys
import time

TAG = re.compile(rb"salt/job/(\d{20})/ret/([^\n/]{1,200})\n\n")
LONGEST_TAG = 256
AGAIN_SECONDS = 0.01


def listen(path, told):
    bus = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bus.connect(path)
        rest = b""
        while True:
            part = bus.recv(1 << 20)
            if not part:
                return
            rest += part
            end = 0
            for tag in TAG.finditer(rest):
                os.write(told, tag[1] + b" " + tag[2] + b"\n")
                end = tag.end()
            rest = rest[max(end, len(rest) - LONGEST_TAG) :]
    finally:
        bus.close()


def main():
    told = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    while True:
        try:
            listen(sys.argv[1], told)
        except OSError:
            pass
        time.sleep(AGAIN_SECONDS)


main()
