"""
Jobs that take as long as they are told and write down, in a file that is none of Salt's, when they
began and when they ended: the truth of what a minion executed.
"""

import os
import time

FUNCTIONS = 400


def _note(word, jid):
    """One write to the end of a file is whole, however many processes write."""
    line = "{} {} {:.3f}\n".format(jid, word, time.time())
    path = os.path.join(__opts__["loss_bench_dir"], __opts__["id"] + ".executed")
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(log, line.encode())
    finally:
        os.close(log)


def _job(seconds=0, padding="", **told):
    jid = told.get("__pub_jid", "none")
    _note("start", jid)
    time.sleep(seconds)
    _note("end", jid)
    return True


# A round has a function of its own: how long one round's took must not decide how long the next
# round's are waited for.
for _number in range(FUNCTIONS):
    globals()["job_{}".format(_number)] = _job
