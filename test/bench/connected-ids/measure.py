"""CPU of one `CkMinions.connected_ids()`: `python measure.py ROOT ROUNDS` prints, as JSON, how many ids it
names and the CPU milliseconds of each round, of Python and of the programs that it starts (`ss`)."""
import json
import os
import sys
import time

import salt.config
import salt.utils.minions

opts = salt.config.master_config(os.path.join(sys.argv[1], "master"))
ck_minions = salt.utils.minions.CkMinions(opts)
rounds = []
ids = set()
for _ in range(int(sys.argv[2]) + 1):
    before, started = os.times(), time.process_time()
    ids = ck_minions.connected_ids()
    python, after = time.process_time() - started, os.times()
    children = (after[2] + after[3]) - (before[2] + before[3])
    rounds.append({"pythonMs": python * 1000, "childrenMs": children * 1000})
# the first round imports, compiles and warms the page cache
print(json.dumps({"ids": len(ids), "rounds": rounds[1:]}))
