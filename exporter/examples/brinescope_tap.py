"""Forwards the monitor events of a ZeroMQ socket to Brinescope, and never harms its program.

Copy this file into your program. It needs pyzmq and nothing else.
"""

import sys
import threading
import time

import zmq

# Events that may wait for the exporter. Above it new ones are lost; nothing of yours waits.
SEND_HIGH_WATER_MARK = 100

# An exporter that is away is looked for every second at first, every half minute later.
RECONNECT_INTERVAL_MS = 1_000
RECONNECT_INTERVAL_MAX_MS = 30_000

# What libzmq gets to send the last event before the forwarder closes; your program's end waits so.
FLUSH_SECONDS = 0.02


def forward_monitor(socket, endpoint, name):
    """Forwards the events of `socket` to the tap at `endpoint`.

    `name` is "program" or "program/socket", at most 64 bytes. Call it before you connect or
    bind, in the thread that owns the socket. The thread that it returns ends by itself when the
    socket is closed or its context is terminated; join it before the context goes, or the last
    events are lost. An endpoint that is none raises zmq.ZMQError, before anything is watched.
    """
    push = socket.context.socket(zmq.PUSH)
    try:
        push.sndhwm = SEND_HIGH_WATER_MARK
        push.linger = 0  # never wait at exit for an exporter that does not read
        push.reconnect_ivl = RECONNECT_INTERVAL_MS
        push.reconnect_ivl_max = RECONNECT_INTERVAL_MAX_MS
        push.connect(endpoint)
        monitor = socket.get_monitor_socket()
    except zmq.ZMQError:
        push.close()
        raise
    thread = threading.Thread(target=_forward, args=(monitor, push, name.encode()), daemon=True)
    thread.start()
    return thread


def _forward(monitor, push, name):
    try:
        while True:
            # Read at once, passed on or not: libzmq waits for a monitor that nobody reads.
            event, address = monitor.recv_multipart()
            try:
                push.send_multipart([name, event, address], zmq.DONTWAIT)
            except zmq.Again:
                pass  # the exporter is away or busy: this event is lost, and that is the bargain
            if int.from_bytes(event[:2], sys.byteorder) == zmq.EVENT_MONITOR_STOPPED:
                time.sleep(FLUSH_SECONDS)
                break
    except zmq.ContextTerminated:
        pass
    finally:
        monitor.close(linger=0)
        push.close(linger=0)
