"""
Publishes jobs with Salt's own client. A line of JSON on the input is an order, served by a process
of its own; each job is answered by a line with its id or the error, and one that is asked after
gets a second line, as the `salt` command would have printed it, with who answered.
"""

import json
import os
import signal
import sys

import salt.client
import salt.config


def say(order, **words):
    """One write of less than a pipe's atomic size."""
    os.write(1, (json.dumps({"order": order["order"], **words}) + "\n").encode())


def publish(client, order):
    words = {"tgt_type": "list", "timeout": order["timeout"], "listen": order["ask"]}
    if order.get("jid"):
        words["jid"] = order["jid"]
    try:
        told = client.run_job(order["minions"], order["function"], order["arguments"], **words)
    except Exception as error:  # whatever it is, it is the client's answer
        say(order, error="{}: {}".format(type(error).__name__, error)[:400])
        return None
    if not told:
        say(order, error="nothing")
        return None
    say(order, jid=told["jid"])
    return told


def ask(client, order, told):
    """As the command line does: waits, asks with find_job who still runs, and waits on."""
    answered = []
    returns = client.get_cli_event_returns(
        told["jid"], told["minions"], order["timeout"], order["minions"], "list"
    )
    for part in returns:
        answered += [minion for minion in part if minion in order["minions"]]
    say(order, asked=told["jid"], answered=sorted(set(answered)))


def serve(order, options):
    client = salt.client.LocalClient(mopts=dict(options))
    for _ in range(order["count"]):
        told = publish(client, order)
        if told and order["ask"]:
            ask(client, order, told)


def main():
    options = salt.config.client_config(sys.argv[1])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    say({"order": 0})
    for line in sys.stdin:
        if os.fork() > 0:
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            serve(json.loads(line), options)
        except Exception as error:
            print("publish.py: {!r}".format(error), file=sys.stderr, flush=True)
        finally:
            os._exit(0)


main()
