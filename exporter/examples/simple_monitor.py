"""A client and a server at work while Brinescope sees their connections.

After the example of the same name that comes with pyzmq.

    python3 simple_monitor.py tcp://127.0.0.1:4510 [REQUESTS]
"""

import sys
import threading

import zmq

from brinescope_tap import forward_monitor


def serve(server):
    """Echoes until an empty message says that the work is done."""
    while True:
        message = server.recv()
        server.send(message)
        if message == b"":
            break
    server.close()


def main(tap, requests):
    context = zmq.Context()

    server = context.socket(zmq.REP)
    forwarding = [forward_monitor(server, tap, "simple-monitor/server")]
    port = server.bind_to_random_port("tcp://127.0.0.1")
    serving = threading.Thread(target=serve, args=(server,))
    serving.start()

    client = context.socket(zmq.REQ)
    forwarding.append(forward_monitor(client, tap, "simple-monitor/client"))
    client.connect(f"tcp://127.0.0.1:{port}")

    answered = 0
    for number in range(requests):
        message = str(number).encode()
        client.send(message)
        answered += client.recv() == message
    client.send(b"")
    client.recv()
    client.close()
    serving.join()
    for thread in forwarding:
        thread.join()
    context.term()
    print(f"{answered} of {requests} requests answered", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000)
