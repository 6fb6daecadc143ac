"""Clients that speak the protocol and are no minions: each with a connection of its own to the request
port, at random instants a well-formed ping padded to the size of a return, a ping as it is, or bytes that
are nothing; some leave and come again. `python identity-clients.py ADDRESS SOURCE COUNT PER-SECOND`."""
import random
import sys
import time

import msgpack
import zmq

address, source, count, rate = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
context = zmq.Context()


def connect():
    link = context.socket(zmq.REQ)
    link.setsockopt(zmq.LINGER, 0)
    link.setsockopt(zmq.REQ_RELAXED, 1)
    link.setsockopt(zmq.REQ_CORRELATE, 1)
    link.connect(f"tcp://{source}:0;{address}:4506")
    return link


def request(kind):
    if kind < 0.7:
        return msgpack.packb({"enc": "clear", "load": {"cmd": "ping", "pad": "x" * random.choice((480, 540, 564))}})
    if kind < 0.9:
        return msgpack.packb({"enc": "clear", "load": {"cmd": "ping"}})
    return msgpack.packb({"enc": "aes", "load": random.randbytes(random.randint(300, 700))})


links = [connect() for _ in range(count)]
print("ready", flush=True)
while True:
    at = random.randrange(count)
    if random.random() < 0.02:
        links[at].close()
        links[at] = connect()
    try:
        links[at].send(request(random.random()), zmq.NOBLOCK)
    except zmq.ZMQError:
        pass
    for link in random.sample(links, min(count, 20)):
        try:
            link.recv(zmq.NOBLOCK)
        except zmq.ZMQError:
            pass
    time.sleep(random.expovariate(rate))
