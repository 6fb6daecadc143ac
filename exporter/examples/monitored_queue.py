"""A MonitoredQueue device whose two sockets Brinescope sees: clients and workers come and go.

    python3 monitored_queue.py tcp://127.0.0.1:4510 [REQUESTS]

The device copies the messages that pass through it to its third socket. Of the connections it says
nothing: those are what the tap shows.
"""

import sys
import threading

import zmq
from zmq.devices import monitored_queue

from brinescope_tap import forward_monitor

WORKERS = 2


def run_queue(front, back, copies):
    """The device: runs until the context is terminated."""
    try:
        monitored_queue(front, back, copies, b"in", b"out")
    except zmq.ContextTerminated:
        pass
    finally:
        for socket in (front, back, copies):
            socket.close(linger=0)


def work(context, endpoint):
    worker = context.socket(zmq.REP)
    worker.linger = 0
    worker.connect(endpoint)
    try:
        while True:
            worker.send(worker.recv())
    except zmq.ContextTerminated:
        worker.close()


def count_copies(context, wanted, done):
    """Reads what the device publishes: a copy of each request and of each answer."""
    reader = context.socket(zmq.PULL)
    reader.connect("inproc://copies")
    for _ in range(wanted):
        reader.recv_multipart()
    reader.close()
    done.set()


def main(tap, requests):
    context = zmq.Context()
    copies = context.socket(zmq.PUSH)
    copies.bind("inproc://copies")
    copied = threading.Event()
    threading.Thread(target=count_copies, args=(context, 2 * requests, copied)).start()

    front = context.socket(zmq.ROUTER)
    back = context.socket(zmq.DEALER)
    # Before they are bound, and before the device's thread owns them.
    forward_monitor(front, tap, "monitored-queue/front")
    forward_monitor(back, tap, "monitored-queue/back")
    front_port = front.bind_to_random_port("tcp://127.0.0.1")
    back_port = back.bind_to_random_port("tcp://127.0.0.1")
    threads = [threading.Thread(target=run_queue, args=(front, back, copies))]
    for _ in range(WORKERS):
        arguments = (context, f"tcp://127.0.0.1:{back_port}")
        threads.append(threading.Thread(target=work, args=arguments))
    for thread in threads:
        thread.start()

    client = context.socket(zmq.REQ)
    client.connect(f"tcp://127.0.0.1:{front_port}")
    answered = 0
    for number in range(requests):
        message = str(number).encode()
        client.send(message)
        answered += client.recv() == message
    client.close()
    copied.wait()
    context.term()
    for thread in threads:
        thread.join()
    print(f"{answered} of {requests} requests answered, {2 * requests} messages copied", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000)
