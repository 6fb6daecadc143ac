"""A server whose clients come and go thousands of times, watched for a tap that may be away.

    python3 storm.py TAP_ENDPOINT CLIENTS

Prints how many clients were answered. The forwarder's own folder is on PYTHONPATH.
"""

import sys

import zmq

from brinescope_tap import forward_monitor

PATIENCE_MS = 60_000


def main(tap, clients):
    context = zmq.Context()
    server = context.socket(zmq.REP)
    server.rcvtimeo = PATIENCE_MS
    forwarding = forward_monitor(server, tap, "storm/server")
    port = server.bind_to_random_port("tcp://127.0.0.1")
    answered = 0
    for _ in range(clients):
        client = context.socket(zmq.REQ)
        client.rcvtimeo = PATIENCE_MS
        client.connect(f"tcp://127.0.0.1:{port}")
        client.send(b"?")
        server.send(server.recv())
        answered += client.recv() == b"?"
        client.close()
    server.close()
    forwarding.join()
    context.term()
    print(f"{answered} of {clients} clients answered", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
